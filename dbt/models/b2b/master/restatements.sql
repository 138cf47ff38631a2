{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns',
    meta={'rows_stay': true}
) }}

{{ empty_ledger(['account_id', 'contact_id'], by=['currency']) }}
