{#- Replaces every match of a regular expression. Use [0-9] and \p{L}: [[:digit:]] matches nothing on Spark. -#}
{% macro replace_regex(expression, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_regex', 'customer_platform')(expression, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replace_regex(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, r'{{ pattern }}', {{ replacement }})
{%- endmacro %}

{#- As in DuckDB a point is no line feed alone, and $ the end of the text. -#}
{% macro spark__replace_regex(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, r'(?d){{ pattern | replace("$", "\\z") }}', {{ replacement }})
{%- endmacro %}

{% macro duckdb__replace_regex(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', {{ replacement }}, 'g')
{%- endmacro %}
