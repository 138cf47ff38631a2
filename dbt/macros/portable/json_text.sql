{#- The value of a key in a JSON object, as text. -#}
{% macro json_text(expression, key) -%}
    {{ return(adapter.dispatch('json_text', 'customer_platform')(expression, key)) }}
{%- endmacro %}

{% macro default__json_text(expression, key) -%}
    get_json_object({{ expression }}, '$.{{ key }}')
{%- endmacro %}

{% macro bigquery__json_text(expression, key) -%}
    json_value({{ expression }}, '$.{{ key }}')
{%- endmacro %}

{% macro duckdb__json_text(expression, key) -%}
    json_extract_string({{ expression }}, '$.{{ key }}')
{%- endmacro %}
