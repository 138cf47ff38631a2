-- Fails if an event's account has no customer record, on the days that were built: its customer is
-- unknown until the web shop delivers the account.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'events'}}}) }}

select
    source_record_id,
    count(*) as events
from {{ ref('events') }}
where
    {{ days_to_follow() }}
    and source_record_id is not null
    and customer_id is null
group by source_record_id
