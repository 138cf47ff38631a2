{#-
    What a text stands for, null where the list doesn't have it. values: the texts and what they stand for.

    One expression that is planned once, also for hundreds of texts: as branches of a case they take
    DuckDB a quarter of a second to plan, in every query over the view.
-#}
{% macro look_up(expression, values) -%}
    {{ return(adapter.dispatch('look_up', 'customer_platform')(expression, values)) }}
{%- endmacro %}

{% macro default__look_up(expression, values) -%}
    case {{ expression }}
        {%- for text, value in values.items() %}
        when {{ quoted(text) }} then {{ quoted(value) }}
        {%- endfor %}
    end
{%- endmacro %}

{% macro spark__look_up(expression, values) -%}
    try_element_at(map(
        {%- for text, value in values.items() %}
        {{ quoted(text) }}, {{ quoted(value) }}{{ ',' if not loop.last }}
        {%- endfor %}
    ), {{ expression }})
{%- endmacro %}

{% macro duckdb__look_up(expression, values) -%}
    map_extract_value(map {
        {%- for text, value in values.items() %}
        {{ quoted(text) }}: {{ quoted(value) }}{{ ',' if not loop.last }}
        {%- endfor %}
    {{ '}' }}, {{ expression }})
{%- endmacro %}

{% macro quoted(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}
