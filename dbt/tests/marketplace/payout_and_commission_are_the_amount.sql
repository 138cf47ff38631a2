-- Fails if what a seller is paid and what the marketplace keeps of a line are not its amount, or if one of
-- both is known and the other isn't.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

select
    transaction_id,
    amount,
    commission,
    seller_payout
from {{ ref('transactions') }}
where
    (commission is null) <> (seller_payout is null)
    or commission + seller_payout <> amount
