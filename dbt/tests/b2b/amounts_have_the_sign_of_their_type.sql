-- Fails if a sale has a negative amount or a return a positive one, on the days that were built:
-- revenue would be counted with the wrong sign.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

select *
from {{ ref('transactions') }}
where
    {{ days_to_follow() }}
    and (
        (transaction_type = 'sale' and amount < 0)
        or (transaction_type = 'return' and amount > 0)
        or amount <> cast(quantity * unit_price as decimal(18, 4))
    )
