{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    on_schema_change='fail',
    meta={'replaced': 'records_restated'},
    post_hook=["{{ settle_pending_changes() }}", "{{ remember_choices() }}"]
) }}

-- Written last: until it is, a run that failed halfway is made up for by the next.
-- depends_on: {{ ref('returns') }}, {{ ref('sessions') }}, {{ ref('restated_records') }}, {{ ref('customer_changes') }}

{% if builds_changes_only() -%}
select
    source,
    source_record_id,
    customer_id,
    record_hash
from {{ ref('restated_records') }}
where customer_id is not null
{%- else -%}
{{ records_with_customers() }}
{%- endif %}
