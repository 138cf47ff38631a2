{#- The text of a group inside a replacement of replace_regex. -#}
{% macro regex_group(number) -%}
    {{ return(adapter.dispatch('regex_group', 'customer_platform')(number)) }}
{%- endmacro %}

{% macro default__regex_group(number) -%}
    '\\{{ number }}'
{%- endmacro %}

{% macro spark__regex_group(number) -%}
    '${{ number }}'
{%- endmacro %}

{% macro duckdb__regex_group(number) -%}
    '\{{ number }}'
{%- endmacro %}
