{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    post_hook="{{ settle_pending_changes() }}"
) }}

-- Written last: until it is, nothing of a run that failed halfway is published.
-- depends_on: {{ ref('buyer_changes') }}, {{ ref('seller_changes') }}, {{ ref('returns') }}, {{ ref('events') }},
-- {{ ref('marketplace_days') }}

{{ changes_of('party', 'parties') }}
