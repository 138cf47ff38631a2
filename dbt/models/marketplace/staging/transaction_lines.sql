{%- for model in var('marketplace_transaction_sources') %}
select * from {{ ref(model) }}
{% if not loop.last %}union all{% endif %}
{%- endfor %}
