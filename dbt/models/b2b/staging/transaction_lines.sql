{%- for model in var('account_transaction_sources') %}
select * from {{ ref(model) }}
{% if not loop.last %}union all{% endif %}
{%- endfor %}
