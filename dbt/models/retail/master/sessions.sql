{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    on_schema_change='fail',
    pre_hook="{{ publish_all_days_if_rebuilt() }}",
    meta={'replaced': 'sessions_built_again', 'by_day': true, 'rows_stay': true}
) }}
-- depends_on: {{ ref('restated_records') }}
{%- set changes_only = builds_changes_only() %}
{%- set to_build = sessions_to_build() if changes_only else none %}

with

events as (
    select
        {{ session_visitor('events') }} as visitor,
        events.anonymous_id,
        events.record_source,
        events.source_record_id,
        events.customer_id,
        events.event_id,
        events.event_type,
        events.occurred_at,
        events.url,
        events.utm_source,
        events.utm_campaign,
        events.partition_date
    from {{ events_to_sessionise(to_build) if changes_only else ref('events') }} as events
    where {{ session_visitor('events') }} is not null
),

-- On a shared device a session ends when somebody else logs in.
marked as (
    select
        *,
        case
            when
                lag(occurred_at) over visits is null
                or occurred_at > {{ session_timeout('lag(occurred_at) over visits') }}
                or source_record_id is distinct from lag(source_record_id) over visits
                or record_source is distinct from lag(record_source) over visits
                then 1
            else 0
        end as is_start,
        row_number() over visits as position
    from events
    window visits as (partition by visitor order by occurred_at, event_id)
),

numbered as (
    select
        *,
        sum(is_start) over (
            partition by visitor order by position rows between unbounded preceding and current row
        ) as session_number
    from marked
),

built as (
    select
        max(case when is_start = 1 then event_id end) as session_id,
        visitor,
        max(anonymous_id) as anonymous_id,
        max(record_source) as record_source,
        max(source_record_id) as source_record_id,
        max(customer_id) as customer_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        count(*) as event_count,
        max(case when event_type = 'purchase' then 1 else 0 end) = 1 as has_purchase,
        max(case when is_start = 1 then url end) as landing_url,
        {{ first_by_rank('utm_source', 'position', 'utm_source is not null') }} as first_touch_source,
        nullif({{ first_by_rank("coalesce(utm_campaign, '')", 'position', 'utm_source is not null') }}, '') as first_touch_campaign,
        {{ first_by_rank('utm_source', '-position', 'utm_source is not null') }} as last_touch_source,
        nullif({{ first_by_rank("coalesce(utm_campaign, '')", '-position', 'utm_source is not null') }}, '') as last_touch_campaign,
        min(partition_date) as partition_date,
        max(partition_date) as last_partition_date
    from numbered
    group by visitor, session_number
)

select * from built
{%- if changes_only %}

union all

-- The same session, of an account that is another customer now.
select
    kept.session_id,
    kept.visitor,
    kept.anonymous_id,
    kept.record_source,
    kept.source_record_id,
    moved.customer_id,
    kept.started_at,
    kept.ended_at,
    kept.event_count,
    kept.has_purchase,
    kept.landing_url,
    kept.first_touch_source,
    kept.first_touch_campaign,
    kept.last_touch_source,
    kept.last_touch_campaign,
    kept.partition_date,
    kept.last_partition_date
from {{ this }} as kept
inner join {{ ref('restated_records') }} as moved
    on
        moved.is_moved
        and kept.record_source = moved.source
        and kept.source_record_id = moved.source_record_id
where kept.session_id not in (select session_id from {{ to_build }})
{%- endif %}
