{#- A UTC timestamp without time zone written in SQL. -#}
{% macro timestamp_literal(text) -%}
    cast('{{ text }}' as {{ timestamp_type() }})
{%- endmacro %}


{#- The type of a UTC timestamp without time zone. -#}
{% macro timestamp_type() -%}
    {{ return(adapter.dispatch('timestamp_type', 'customer_platform')()) }}
{%- endmacro %}

{% macro default__timestamp_type() -%}
    timestamp
{%- endmacro %}

{% macro spark__timestamp_type() -%}
    timestamp_ntz
{%- endmacro %}

{% macro bigquery__timestamp_type() -%}
    datetime
{%- endmacro %}
