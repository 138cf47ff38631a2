-- Fails if a return doesn't say how its sale was found, or a line that is no return says so, on the
-- days that were built.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

select *
from {{ ref('transactions') }}
where
    {{ days_asked_for() }}
    and (
        (transaction_type = 'return') <> (return_match is not null)
        or (coalesce(return_match, 'unmatched') <> 'unmatched') <> (original_transaction_id is not null)
    )
