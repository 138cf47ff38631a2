{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    on_schema_change='fail',
    tags=['facts']
) }}

{%- set days = partitions_to_build(stale_event_days()) %}

with

events as (
    select * from {{ ref('stg_web__events') }}
    where {{ days }}
),

final as (
    select
        events.event_id,
        events.source,
        events.anonymous_id,
        {{ event_account('events.account_id') }} as source_record_id,
        customer_ids.customer_id,
        case
            when events.account_id is not null then 'account'
            when visitor_accounts.account_id is not null then 'log-in'
        end as identified_by,
        events.event_type,
        events.occurred_at,
        events.url,
        events.utm_source,
        events.utm_campaign,
        events.properties,
        events.partition_date
    from events
    {{ join_event_accounts('events', 'events.account_id') }}
)

select * from final
