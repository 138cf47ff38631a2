{#- dbt-spark knows four incremental strategies; the others are found by name, as on other adapters. -#}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) -%}
    {{ return(raw_strategy) }}
{%- endmacro %}

{% macro dbt_spark_get_incremental_sql(strategy, source, target, existing, unique_key, incremental_predicates) -%}
    {%- if strategy == 'append' -%}
        {{ return(get_insert_into_sql(source, target)) }}
    {%- endif -%}
    {{ return(context['get_incremental_' ~ strategy ~ '_sql']({
        'target_relation': target, 'temp_relation': source, 'dest_columns': adapter.get_columns_in_relation(target)
    })) }}
{%- endmacro %}
