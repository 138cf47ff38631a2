-- Fails if the pieces of a return line are not all in returns, or are there twice, on the days that
-- were built.
{{ config(meta={'dagster': {'ref': {'name': 'returns'}}}) }}

with

returned as (
    select
        transaction_id,
        -quantity as quantity
    from {{ ref('transactions') }}
    where transaction_type = 'return' and {{ days_asked_for() }}
),

matched as (
    select
        transaction_id,
        sum(quantity) as quantity
    from {{ ref('returns') }}
    where {{ days_asked_for() }}
    group by transaction_id
)

select
    coalesce(returned.transaction_id, matched.transaction_id) as transaction_id,
    returned.quantity as returned_pieces,
    matched.quantity as matched_pieces
from returned
full join matched on returned.transaction_id = matched.transaction_id
where returned.quantity is distinct from matched.quantity
