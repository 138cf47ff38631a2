{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    partition_by=by_day(),
    on_schema_change='fail',
    tags=['facts'],
    pre_hook=[
        "{{ publish_all_days_if_rebuilt() }}",
        "{{ follow_all_days_if_rebuilt() }}",
        "{{ write_ledger_if_rebuilt() }}"
    ],
    post_hook="{{ write_totals_if_rebuilt() }}",
    meta={
        'restated_columns': ['record_source', 'source_record_id', 'customer_id', 'identified_by'],
        'ledger_ids': ['customer_id'],
        'has_amounts': false
    }
) }}

-- Restating writes into {{ ref('restatements') }} and {{ ref('restatement_totals') }}, and reads
-- {{ ref('restated_records') }}.
{%- set keys = {'anonymous_id': pending_keys('visitor'), 'source_record_id': moved_records()} %}
{%- do find_moved_rows(events_with_customers(facts_to_check(keys)), keys) %}
{%- set days = partitions_to_build() %}

with

events as (
    select * from {{ ref('visitor_events') }}
    where {{ days }}
),

final as (
    select
        events.event_id,
        events.source,
        events.anonymous_id,
        {{ event_account_source('events.account_id', 'events.account_source') }} as record_source,
        {{ event_account('events.account_id') }} as source_record_id,
        customer_ids.customer_id,
        {{ identified_by('events.account_id') }} as identified_by,
        events.event_type,
        events.occurred_at,
        events.url,
        events.utm_source,
        events.utm_campaign,
        events.order_id,
        events.properties,
        events.partition_date
    from events
    {{ join_event_accounts('events', 'events.account_id', 'events.account_source') }}
)

select * from final
