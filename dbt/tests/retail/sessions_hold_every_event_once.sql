-- Fails if an event of a visitor, on the days that were built, is in no session of its account and
-- customer, or if the sessions count more events than there are: visits were lost or doubled.
{{ config(meta={'dagster': {'ref': {'name': 'sessions'}}}) }}

with

counts as (
    select
        (
            select count(*)
            from {{ ref('events') }} as events
            where {{ days_to_follow() }} and {{ session_visitor('events') }} is not null
        ) as events,
        (
            select coalesce(sum(event_count), 0)
            from {{ ref('sessions') }}
            where {{ days_to_follow() }} and partition_date = last_partition_date
        ) as events_in_sessions_of_a_day,
        (
            select coalesce(sum(event_count), 0)
            from {{ ref('sessions') }}
            where {{ sessions_of_days() }}
        ) as events_in_sessions
),

{#- Where all days are looked at the counts tell, and comparing all events with all sessions would take long. #}
uncovered as (
    {%- if days_to_follow() | trim == 'true' %}
    select cast(null as {{ dbt.type_string() }}) as event_id
    where false
    {%- else %}
    select events.event_id
    from {{ ref('events') }} as events
    left join (
        select *
        from {{ ref('sessions') }}
        where {{ sessions_of_days() }}
    ) as sessions
        on
            {{ session_visitor('events') }} = sessions.visitor
            and events.source_record_id is not distinct from sessions.source_record_id
            and events.customer_id is not distinct from sessions.customer_id
            and events.occurred_at between sessions.started_at and sessions.ended_at
    where
        {{ days_to_follow() | replace('partition_date', 'events.partition_date') }}
        and {{ session_visitor('events') }} is not null
        and sessions.session_id is null
    {%- endif %}
)

select
    'an event is in no session' as fault,
    event_id,
    cast(null as bigint) as events,
    cast(null as bigint) as events_in_sessions
from uncovered

union all

select
    'the counts differ' as fault,
    cast(null as {{ dbt.type_string() }}) as event_id,
    events,
    events_in_sessions
from counts
where
    events_in_sessions_of_a_day > events
    or events_in_sessions < events
    {{ 'or events_in_sessions <> events' if days_to_follow() | trim == 'true' }}
