{#- Whether a visitor's account has to be found again: it has log-ins in what was replaced. -#}
{% macro visitors_to_build(anonymous_id) -%}
    {%- if builds_changes_only() -%}
        (
            {{ anonymous_id }} in {{ pending_keys('log_in') }}
            or {{ anonymous_id }} in (
                select anonymous_id
                from {{ ref('visitor_log_ins') }}
                where order_id in {{ pending_keys('order') }}
            )
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}


{#-
    Incremental strategy replace_visitors: replaces the visitors that were built, and makes those pending
    whose account, or time of it, is another than before: their events have to follow, and no others.
-#}
{% macro get_incremental_replace_visitors_sql(arg_dict) -%}
    {%- set columns = arg_dict.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set kept -%}
        select {{ columns }} from {{ arg_dict.target_relation }} as kept where {{ visitors_to_build('kept.anonymous_id') }}
    {%- endset -%}
    {%- set built = 'select ' ~ columns ~ ' from ' ~ arg_dict.temp_relation -%}
    {%- set statements = [add_pending([pending_rows(
        'visitor',
        'select anonymous_id as key from ((' ~ kept ~ ') ' ~ dbt.except() ~ ' (' ~ built ~ ')) as ended union distinct '
        ~ 'select anonymous_id from ((' ~ built ~ ') ' ~ dbt.except() ~ ' (' ~ kept ~ ')) as begun'
    )])] -%}
    {{ return(in_order(statements + replace_rows(
        arg_dict.target_relation,
        visitors_to_build(arg_dict.target_relation.identifier ~ '.anonymous_id'),
        arg_dict.temp_relation,
        columns
    ))) }}
{%- endmacro %}
