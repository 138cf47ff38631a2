{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    on_schema_change='fail',
    tags=['facts'],
    pre_hook=["{{ publish_all_days_if_rebuilt() }}", "{{ follow_all_days_if_rebuilt() }}"],
    meta={'restated_by': 'day'}
) }}

{%- set days = partitions_to_build(days_with_other_event_contacts()) %}

with

events as (
    select * from {{ ref('visitor_events') }}
    where {{ days }}
),

contacts as (
    {{ event_contacts('events', 'events.email') }}
),

final as (
    select
        events.event_id,
        events.source,
        events.anonymous_id,
        contacts.source_record_id,
        contacts.identified_by,
        contacts.contact_id,
        contacts.account_id,
        events.event_type,
        events.occurred_at,
        events.url,
        events.partition_date
    from events
    inner join contacts on events.event_id = contacts.event_id and events.partition_date = contacts.partition_date
)

select * from final
