-- Fails if a day that was built has other events than staging: one was lost, or doubled by a visitor with
-- two contacts or a contact with two accounts.
{{ config(meta={'dagster': {'ref': {'name': 'events'}}}) }}

with

staged as (
    select
        partition_date,
        count(*) as event_count
    from {{ ref('stg_web__events') }}
    where {{ days_to_follow() }}
    group by partition_date
),

built as (
    select
        partition_date,
        count(*) as event_count
    from {{ ref('events') }}
    where {{ days_to_follow() }}
    group by partition_date
)

select
    coalesce(staged.partition_date, built.partition_date) as partition_date,
    staged.event_count as staged_events,
    built.event_count as built_events
from staged
full join built on staged.partition_date = built.partition_date
where staged.event_count is distinct from built.event_count
