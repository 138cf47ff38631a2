with

receipt_lines as (
    select * from {{ source('pos', 'receipt_lines') }}
),

final as (
    select
        'pos:' || receipt_id || ':' || cast(line_number as string) as transaction_id,
        'pos' as source,
        nullif(trim(loyalty_card), '') as source_record_id,
        case
            -- A discount or correction, which no customer buys or returns.
            when unit_price < 0 then 'adjustment'
            when quantity < 0 then 'return'
            else 'sale'
        end as transaction_type,
        {{ normalise_code('receipt_id') }} as order_id,
        {{ normalise_code('original_receipt_id') }} as original_order_id,
        {{ normalise_code('product_code') }} as product_code,
        nullif(trim(description), '') as description,
        quantity,
        cast(unit_price as decimal(18, 4)) as unit_price,
        cast(quantity * unit_price as decimal(18, 4)) as amount,
        {{ normalise_code('currency') }} as currency,
        sold_at as occurred_at,
        'pos' as channel,
        _partition as partition_date
    from receipt_lines
)

select * from final
