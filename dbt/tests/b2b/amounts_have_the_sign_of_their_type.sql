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
        -- The price of a piece is rounded, where a source says what all of them cost.
        or abs(amount - quantity * unit_price) > 0.0001 * abs(quantity)
    )
