-- Fails if a sale takes back or a return gives out pieces or money.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

select
    transaction_id,
    transaction_type,
    quantity,
    amount
from {{ ref('transactions') }}
where
    (transaction_type = 'sale' and (quantity < 0 or amount < 0))
    or (transaction_type = 'return' and (quantity >= 0 or amount > 0))
