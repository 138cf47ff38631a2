{#- Replaces every match of a regular expression. Use [0-9] and \p{L}: [[:digit:]] matches nothing on Spark. -#}
{% macro replace_regex(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_regex', 'customer_platform')(expression, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_regex(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, r'{{ pattern }}', {{ replacement }})
{%- endmacro %}

{% macro duckdb__replace_regex(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', {{ replacement }}, 'g')
{%- endmacro %}
