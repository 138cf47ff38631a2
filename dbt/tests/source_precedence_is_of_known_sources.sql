-- Fails if source_precedence names a source or an attribute that doesn't exist: a misspelt name would
-- silently put that source last.
{{ config(meta={'dagster': {'ref': {'name': 'source_precedence'}}}) }}

select *
from {{ ref('source_precedence') }}
where
    source not in (
        {%- for model in var('customer_sources') %}
        '{{ model.split("__")[0] | replace("stg_", "", 1) }}'{{ ',' if not loop.last }}
        {%- endfor %}
    )
    or attribute not in (
        {%- for attribute in var('customer_attributes') %}
        '{{ attribute.name }}',
        {%- endfor %}
        '*'
    )
