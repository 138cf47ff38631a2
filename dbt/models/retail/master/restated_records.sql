{{ config(
    pre_hook=[
        "insert into {{ pending_changes() }} (kind, key) values ('run', '{{ invocation_id }}')",
        "{{ add_pending_choices() }}"
    ],
    post_hook="{{ add_pending([pending_rows('customer', 'select previous_customer_id as key from ' ~ this ~ ' union distinct select customer_id from ' ~ this)]) if kept_relation('customer_records') is not none }}"
) }}

-- Built first: whether choices have changed since is asked before, when the seeds are loaded.
-- depends_on: {{ ref('source_precedence') }}, {{ ref('link_confidence') }}
{%- set kept = kept_relation('customer_records') %}

with

current_records as (
    {{ records_with_customers() }}
)

{% if kept is none -%}
select
    source,
    source_record_id,
    cast(null as {{ dbt.type_string() }}) as previous_customer_id,
    customer_id,
    record_hash,
    true as is_moved
from current_records
{%- else -%}
select
    coalesce(current_records.source, kept.source) as source,
    coalesce(current_records.source_record_id, kept.source_record_id) as source_record_id,
    kept.customer_id as previous_customer_id,
    current_records.customer_id,
    current_records.record_hash,
    current_records.customer_id is distinct from kept.customer_id as is_moved
from current_records
full join {{ kept }} as kept
    on
        current_records.source = kept.source
        and current_records.source_record_id = kept.source_record_id
where
    current_records.customer_id is distinct from kept.customer_id
    or current_records.record_hash is distinct from kept.record_hash
{%- endif %}
