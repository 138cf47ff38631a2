-- Fails if the rows of a return don't add up to its pieces, or a piece without a sale isn't called unmatched.
{{ config(meta={'dagster': {'ref': {'name': 'returns'}}}) }}

with

labelled as (
    select
        transaction_id,
        sum(quantity) as quantity,
        sum(case when (original_transaction_id is null) <> (return_match = 'unmatched') then 1 else 0 end) as mislabelled
    from {{ ref('returns') }}
    group by transaction_id
),

returned as (
    select
        transaction_id,
        -quantity as quantity
    from {{ ref('transactions') }}
    where transaction_type = 'return'
)

select coalesce(returned.transaction_id, labelled.transaction_id) as transaction_id
from returned
full join labelled on returned.transaction_id = labelled.transaction_id
where
    returned.quantity is distinct from labelled.quantity
    or labelled.mislabelled > 0
