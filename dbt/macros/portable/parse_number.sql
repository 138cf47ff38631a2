{#-
    A number from text such as '1.234,56' or 'EUR 1,100.50'; null where it is none.

    decimal_mark: What parts a number from its decimals, ',' or '.'; all else but digits and a minus
    is left out, such as blanks, thousands separators and a currency.
-#}
{% macro parse_number(column, decimal_mark, data_type) -%}
    {%- set kept = replace_regex(column, '[^0-9' ~ decimal_mark ~ '-]', "''") -%}
    {%- set pointed = "replace(" ~ kept ~ ", ',', '.')" if decimal_mark == ',' else kept -%}
    {{ cast_or_null("nullif(" ~ pointed ~ ", '')", data_type) }}
{%- endmacro %}


{#- A cast that is null where the value does not fit. -#}
{% macro cast_or_null(expression, data_type) -%}
    {{ return(adapter.dispatch('cast_or_null', 'customer_platform')(expression, data_type)) }}
{%- endmacro %}

{% macro default__cast_or_null(expression, data_type) -%}
    try_cast({{ expression }} as {{ data_type }})
{%- endmacro %}

{% macro bigquery__cast_or_null(expression, data_type) -%}
    safe_cast({{ expression }} as {{ data_type }})
{%- endmacro %}
