{#- A hash that differs when one of the columns does. Not comparable between engines or their versions. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'customer_platform')(columns)) }}
{%- endmacro %}

{#- With the length of each: 'a|' and 'b' are not 'a' and '|b'. -#}
{% macro default__row_hash(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}
        {%- set text = "cast(" ~ column ~ " as " ~ dbt.type_string() ~ ")" -%}
        {%- do texts.append("coalesce(cast(length(" ~ text ~ ") as " ~ dbt.type_string() ~ ") || ':' || " ~ text ~ ", '-')") -%}
    {%- endfor -%}
    {{ md5_hex(texts | join(" || ")) }}
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}


{#- The same on every engine and version: what an ID may be made of. -#}
{% macro row_digest(columns) -%}
    {%- set texts = [] -%}
    {%- for column in columns -%}
        {%- do texts.append("coalesce(cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), " ~ quoted("\\\\N") ~ ")") -%}
    {%- endfor -%}
    {{ md5_hex(texts | join(" || '|' || ")) }}
{%- endmacro %}
