-- Fails if a customer whose facts or records have changed consents although one of the records says no,
-- or says yes or no although no record does: of every attribute that survives as the strictest.
{{ config(meta={'dagster': {'ref': {'name': 'golden_records'}}}) }}
{%- set attributes = attributes_by('strictest', declared_entity('customer').attributes) %}

with

stated as (
    select
        customer_ids.customer_id
        {%- for attribute in attributes %},
        min(case when records.{{ attribute.name }} then 1 when not records.{{ attribute.name }} then 0 end) = 1
            as {{ attribute.name }}
        {%- endfor %}
    from {{ ref('source_lookup') }} as records
    inner join {{ source('identity', 'customer_id_map') }} as customer_ids
        on
            records.source = customer_ids.source
            and records.source_record_id = customer_ids.source_record_id
    where {{ keys_to_check('customer_ids.customer_id', 'customer') }}
    group by customer_ids.customer_id
)

{%- for attribute in attributes %}

select
    golden.customer_id,
    '{{ attribute.name }}' as attribute,
    golden.{{ attribute.name }} as consents,
    stated.{{ attribute.name }} as stated
from {{ ref('golden_records') }} as golden
inner join stated on golden.customer_id = stated.customer_id
where golden.{{ attribute.name }} is distinct from stated.{{ attribute.name }}
{%- if not loop.last %}

union all
{%- endif %}
{%- else %}

select customer_id
from stated
where false
{%- endfor %}
