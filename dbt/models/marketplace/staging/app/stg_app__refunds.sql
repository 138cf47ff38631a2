with

refunds as (
    select * from {{ source('app', 'refunds') }}
),

final as (
    select
        'app:' || refund_id as transaction_id,
        'app' as source,
        'app' as buyer_source,
        cast(account_id as string) as buyer_record_id,
        'seller_portal' as seller_source,
        seller_id as seller_record_id,
        'return' as transaction_type,
        {{ normalise_code('order_id') }} as order_id,
        'app:' || {{ normalise_code('order_id') }} || ':' || cast(line_number as string) as original_transaction_id,
        {{ normalise_code('product_code') }} as product_code,
        cast(null as string) as description,
        -quantity as quantity,
        cast(unit_price as decimal(18, 4)) as unit_price,
        cast(-quantity * unit_price as decimal(18, 4)) as amount,
        cast(-commission as decimal(18, 4)) as commission,
        cast(-coalesce(shipping, 0) as decimal(18, 4)) as shipping,
        {{ normalise_code('currency') }} as currency,
        refunded_at as occurred_at,
        _partition as partition_date
    from refunds
)

select * from final
