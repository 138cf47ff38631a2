{#- A hash that differs when one of the columns does. Not comparable between engines or their versions. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'customer_platform')(columns)) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
    {{ row_digest(columns) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}


{#- The same on every engine and version: what an ID may be made of. -#}
{% macro row_digest(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}
        {%- do texts.append("coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), '\\\\N')") -%}
    {%- endfor -%}
    {{ md5_hex(texts | join(" || '|' || ")) }}
{%- endmacro %}
