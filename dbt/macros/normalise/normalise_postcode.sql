{#- Upper case without blanks: '1234 ab' becomes 1234AB; null when empty. -#}
{% macro normalise_postcode(column) -%}
    nullif(upper(replace({{ column }}, ' ', '')), '')
{%- endmacro %}
