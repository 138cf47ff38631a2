{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    on_schema_change='fail',
    tags=['facts'],
    pre_hook=["{{ publish_all_days_if_rebuilt() }}", "{{ follow_all_days_if_rebuilt() }}"],
    meta={'restated_by': 'day'}
) }}

-- Written after the transactions, which mark the run as begun: depends_on: {{ ref('transactions') }}
{%- set days = partitions_to_build(days_with_other_visitors()) %}

with

events as (
    select * from {{ ref('visitor_events') }}
    where {{ days }}
),

known as (
    select
        events.*,
        coalesce(events.source_record_id, visitor_accounts.source_record_id) as known_record_id,
        case
            when events.source_record_id is not null then 'account'
            when visitor_accounts.source_record_id is not null then 'visitor'
        end as identified_by
    from events
    {{ join_visitor_accounts('events', 'events.source_record_id') }}
),

final as (
    select
        known.event_id,
        known.source,
        known.role,
        known.anonymous_id,
        known.record_source,
        known.known_record_id as source_record_id,
        buyer_ids.buyer_id,
        seller_ids.seller_id,
        known.identified_by,
        known.event_type,
        known.occurred_at,
        known.url,
        known.utm_source,
        known.utm_campaign,
        known.order_id,
        known.properties,
        known.partition_date
    from known
    left join {{ id_map_of('buyer') }} as buyer_ids
        on
            known.role = 'buyer'
            and known.record_source = buyer_ids.source
            and known.known_record_id = buyer_ids.source_record_id
    left join {{ id_map_of('seller') }} as seller_ids
        on
            known.role = 'seller'
            and known.record_source = seller_ids.source
            and known.known_record_id = seller_ids.source_record_id
)

select * from final
