{#-
    The union of the models that deliver facts of a kind, none left out. Where there are none there are no
    rows, of the columns in the contract of the model that asks.

    kind: as the YAML of the facts calls it, such as transactions.
-#}
{% macro union_of(kind) -%}
    {%- set models = declarations().facts.get(kind, []) -%}
    {%- for name in models %}
select * from {{ ref(name) }}
{% if not loop.last %}union all{% endif %}
    {%- else -%}
{{ no_rows(model.columns) }}
    {%- endfor %}
{%- endmacro %}


{#- A select without rows. columns: as a contract has them, or any other name -> {data_type}. -#}
{% macro no_rows(columns) -%}
select
    {%- for name, column in columns.items() %}
    cast(null as {{ column.data_type }}) as {{ name }}{{ ',' if not loop.last }}
    {%- else %}
    *
    {%- endfor %}
from (select 1 as nothing) as nowhere
where nothing = 0
{%- endmacro %}
