{#-
    What a generic test looks at: with `where: built_days` the days that were built (days_to_follow), as
    dbt reads a `where` when it parses the project, and without the project's macros.
-#}
{% macro default__get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- if where -%}
        {%- set filtered -%}
            (select * from {{ relation }} where {{ days_to_follow() if where == 'built_days' else where }}) as dbt_subquery
        {%- endset -%}
        {{ return(filtered) }}
    {%- else -%}
        {{ return(relation) }}
    {%- endif -%}
{%- endmacro %}
