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
        'restated_columns': ['source_record_id', 'buyer_id', 'seller_id', 'identified_by'],
        'ledger_ids': ['buyer_id', 'seller_id'],
        'has_amounts': false
    }
) }}

-- Written after the transactions, which mark the run as begun: depends_on: {{ ref('transactions') }}
-- Restating writes into {{ ref('restatements') }} and {{ ref('restatement_totals') }}.
{%- set own_record = "case when events.identified_by = 'account' then events.source_record_id end" %}
{%- do find_moved_rows(events_with_roles(facts_to_check(), own_record)) %}
{%- set days = partitions_to_build() %}

with

events as (
    select * from {{ ref('visitor_events') }}
    where {{ days }}
),

known as (
    {{ events_with_roles('events', 'events.source_record_id') }}
),

final as (
    select
        event_id,
        source,
        role,
        anonymous_id,
        record_source,
        new_source_record_id as source_record_id,
        new_buyer_id as buyer_id,
        new_seller_id as seller_id,
        new_identified_by as identified_by,
        event_type,
        occurred_at,
        url,
        utm_source,
        utm_campaign,
        order_id,
        properties,
        partition_date
    from known
)

select * from final
