-- Warns of lines without an account, on the days that were built: their source names no record, or one
-- that it has not delivered. They count in no account's revenue.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

select
    source,
    source_record_id,
    count(*) as lines,
    sum(amount) as amount
from {{ ref('transactions') }}
where
    {{ days_to_follow() }}
    and account_id is null
group by source, source_record_id
