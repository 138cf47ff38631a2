{#- Whether a text is like a pattern in which * stands for any text; every other character for itself. -#}
{% macro matches_wildcard(text, pattern) -%}
    {{ return(adapter.dispatch('matches_wildcard', 'customer_platform')(text, pattern)) }}
{%- endmacro %}

{#- The backslash is the escape character of LIKE by itself. -#}
{% macro default__matches_wildcard(text, pattern) -%}
    {{ text }} like replace(replace(replace({{ pattern }}, '_', '\\_'), '%', '\\%'), '*', '%')
{%- endmacro %}

{% macro duckdb__matches_wildcard(text, pattern) -%}
    {{ text }} like replace(replace(replace({{ pattern }}, '_', '\_'), '%', '\%'), '*', '%') escape '\'
{%- endmacro %}
