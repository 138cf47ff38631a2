-- Fails if more pieces of a sale line come back than were sold, or if they come back to a line that is
-- no sale, or to another product.
{{ config(meta={'dagster': {'ref': {'name': 'returns'}}}) }}

with

taken_back as (
    select
        original_transaction_id,
        min(product_code) as product_code,
        max(product_code) as other_product_code,
        sum(quantity) as quantity
    from {{ ref('returns') }}
    where original_transaction_id is not null
    group by original_transaction_id
)

select
    taken_back.original_transaction_id,
    taken_back.quantity,
    sales.quantity as sold
from taken_back
left join {{ ref('transactions') }} as sales on taken_back.original_transaction_id = sales.transaction_id
where
    sales.transaction_id is null
    or sales.transaction_type <> 'sale'
    or taken_back.quantity > sales.quantity
    or taken_back.product_code <> sales.product_code
    or taken_back.other_product_code <> sales.product_code
