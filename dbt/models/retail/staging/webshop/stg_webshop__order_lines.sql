with

order_lines as (
    select
        *,
        {{ normalise_code('InvoiceNo') }} as invoice,
        replace(cast(_partition as string), '-', '') || '-' || cast(_row_number as string)
        || {{ file_marker("'webshop/order_lines/order_lines_' || cast(_partition as string) || '.csv'") }} as line_id
    from {{ source('webshop', 'order_lines') }}
),

final as (
    select
        'webshop:' || InvoiceNo || ':' || line_id as transaction_id,
        'webshop' as source,
        cast(CustomerID as string) as source_record_id,
        case
            -- Bad debt written off or corrected: the money moves, no customer buys or returns anything.
            when invoice like 'A%' or UnitPrice < 0 then 'adjustment'
            when invoice like 'C%' and Quantity < 0 then 'return'
            -- Stock written off, damaged or found.
            when invoice like 'C%' or Quantity < 0 then 'adjustment'
            else 'sale'
        end as transaction_type,
        invoice as order_id,
        cast(null as string) as original_order_id,
        {{ normalise_code('StockCode') }} as product_code,
        nullif(trim(Description), '') as description,
        Quantity as quantity,
        cast(UnitPrice as decimal(18, 4)) as unit_price,
        cast(Quantity * UnitPrice as decimal(18, 4)) as amount,
        '{{ var("webshop_currency") }}' as currency,
        InvoiceDate as occurred_at,
        'webshop' as channel,
        _partition as partition_date
    from order_lines
)

select * from final
