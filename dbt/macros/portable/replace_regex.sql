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


{#- The text that matches a regular expression without groups; null when nothing does. -#}
{% macro extract_regex(expression, pattern) -%}
    {{ return(adapter.dispatch('extract_regex', 'customer_platform')(expression, pattern)) }}
{%- endmacro %}

{% macro default__extract_regex(expression, pattern) -%}
    nullif(regexp_extract({{ expression }}, r'{{ pattern }}'), '')
{%- endmacro %}

{% macro spark__extract_regex(expression, pattern) -%}
    nullif(regexp_extract({{ expression }}, r'{{ pattern }}', 0), '')
{%- endmacro %}

{% macro duckdb__extract_regex(expression, pattern) -%}
    nullif(regexp_extract({{ expression }}, '{{ pattern }}'), '')
{%- endmacro %}
