{#- Where the tables of a schema are kept, behind `create schema`: on Spark a folder of the lake. -#}
{% macro located(schema) -%}
    {{ return(adapter.dispatch('located', 'customer_platform')(schema)) }}
{%- endmacro %}

{% macro default__located(schema) -%}
{%- endmacro %}

{% macro spark__located(schema) -%}
    {{ " location " ~ quoted(env_var('CUSTOMER_PLATFORM_LAKE') ~ '/' ~ schema) }}
{%- endmacro %}


{#- dbt's own makes schemas where Spark's warehouse is. -#}
{% macro spark__create_schema(relation) -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier() }}{{ located(relation.schema) }}
    {%- endcall -%}
{%- endmacro %}
