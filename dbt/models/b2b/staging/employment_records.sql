{%- for model in var('employment_sources') %}
select * from {{ ref(model) }}
{% if not loop.last %}union all{% endif %}
{%- endfor %}
