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
        'restated_columns': ['source_record_id', 'identified_by', 'contact_id', 'account_id'],
        'ledger_ids': ['account_id', 'contact_id'],
        'has_amounts': false
    }
) }}

-- Restating writes into {{ ref('restatements') }} and {{ ref('restatement_totals') }}.
{%- set own_email = "case when events.identified_by = 'form' then events.source_record_id end" %}
{%- do find_moved_rows(event_contacts(facts_to_check(), own_email)) %}
{%- set days = partitions_to_build() %}

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
        event_id,
        source,
        anonymous_id,
        new_source_record_id as source_record_id,
        new_identified_by as identified_by,
        new_contact_id as contact_id,
        new_account_id as account_id,
        event_type,
        occurred_at,
        url,
        partition_date
    from contacts
)

select * from final
