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


{#- A JSON object as text. values: pairs of a key and the SQL of its value. -#}
{% macro json_object(values) -%}
    {{ return(adapter.dispatch('json_object', 'customer_platform')(values)) }}
{%- endmacro %}

{% macro default__json_object(values) -%}
    to_json(
        named_struct({% for key, value in values %}{{ quoted(key) }}, {{ value }}{{ ', ' if not loop.last }}{% endfor %}),
        map('ignoreNullFields', 'false')
    )
{%- endmacro %}

{% macro bigquery__json_object(values) -%}
    to_json_string(json_object({% for key, value in values %}{{ quoted(key) }}, {{ value }}{{ ', ' if not loop.last }}{% endfor %}))
{%- endmacro %}

{% macro duckdb__json_object(values) -%}
    cast(json_object({% for key, value in values %}{{ quoted(key) }}, {{ value }}{{ ', ' if not loop.last }}{% endfor %}) as varchar)
{%- endmacro %}


{#- A literal of SQL. -#}
{% macro quoted(text) -%}
    {{ return(adapter.dispatch('quoted', 'customer_platform')(text)) }}
{%- endmacro %}

{% macro default__quoted(text) -%}
    {{ return("'" ~ text | replace("\\", "\\\\") | replace("'", "\\'") ~ "'") }}
{%- endmacro %}

{% macro duckdb__quoted(text) -%}
    {{ return("'" ~ text | replace("'", "''") ~ "'") }}
{%- endmacro %}
