{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    post_hook="{{ settle_pending_changes() }}"
) }}

-- Written last: until it is, nothing is published. depends_on: {{ ref('contact_changes') }}, {{ ref('returns') }}

{{ changes_of('account', 'accounts') }}
