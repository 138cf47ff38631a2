-- Fails if more pieces of a sale are returned than it has, or if a return undoes what is no sale.
{{ config(meta={'dagster': {'ref': {'name': 'returns'}}}) }}

with

undone as (
    select
        original_transaction_id,
        sum(quantity) as quantity
    from {{ ref('returns') }}
    where original_transaction_id is not null
    group by original_transaction_id
)

select
    undone.original_transaction_id,
    undone.quantity,
    sales.quantity as sold
from undone
left join {{ ref('transactions') }} as sales
    on
        undone.original_transaction_id = sales.transaction_id
        and sales.transaction_type = 'sale'
where sales.quantity is null or undone.quantity > sales.quantity
