{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    on_schema_change='fail',
    meta={'replaced': 'returns_matched_again'}
) }}
-- Reads {{ ref('transactions') }}.
{%- set again = none %}
{%- if builds_changes_only() %}
{%- do find_returns_to_match() %}
{%- set again = {
    'orders': this.identifier ~ '__orders',
    'parties': this.identifier ~ '__customers',
    'referred': this.identifier ~ '__referred'
} %}
{%- endif %}

{{ matched_returns('customer', again) }}
