{#- Lower case, without blanks around it; null unless it reads as one address: text@domain.tld. -#}
{% macro normalise_email(column) -%}
    {{ extract_regex("lower(trim(" ~ column ~ "))", '^[^@\\s]+@[^@\\s]+\\.[^@\\s.]+$') }}
{%- endmacro %}
