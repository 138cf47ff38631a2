{#-
    The days that a daily table has to build, as a condition on the column partition_date; every day
    when the table doesn't exist yet or no days are asked for.

    Asked for are the days from partition_from to partition_to (ISO days, both inclusive; asked_day).
    Where single rows can't be replaced, the days are added that hold rows to be restated (find_moved_rows).

    The days are read while the model is compiled, as only literals are pushed down to the raw tables.
    They stay in a temporary table, so that the strategy below also empties a day that has no rows left.
-#}
{% macro partitions_to_build() -%}
    {%- if asked_day('from') is none or flags.FULL_REFRESH -%}
        true
    {%- elif not execute or not is_incremental() or restates_rows() or not model.config.meta.restated_columns -%}
        {{ partition_range() }}
    {%- else -%}
        {%- do run_scratch(
            stale_days_relation(),
            "select distinct partition_date from " ~ moved_rows() ~ " where not (" ~ partition_range() ~ ")"
        ) -%}
        {%- set stale = run_query("select partition_date from " ~ stale_days_relation() ~ " order by 1").columns[0].values() -%}
        (
            {{ partition_range() }}
            {%- if stale %}
            or partition_date in (
                {%- for day in stale %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor -%}
            )
            {%- endif %}
        )
    {%- endif -%}
{%- endmacro %}


{#-
    The first (`from`) or last (`to`) day asked for, ISO; none when every day is. By environment variable,
    which only has those models parsed again that ask for it, or by --vars, which has dbt parse everything.
-#}
{% macro asked_day(side) -%}
    {{ return(env_var('CUSTOMER_PLATFORM_PARTITION_' ~ side | upper, '') or var('partition_' ~ side, none)) }}
{%- endmacro %}


{#- The days asked for, or every day when none are: what a test of a daily table has to look at. -#}
{% macro days_asked_for() -%}
    {{ 'true' if asked_day('from') is none else partition_range() }}
{%- endmacro %}


{% macro partition_range(column='partition_date') -%}
    {%- set first = modules.datetime.date.fromisoformat(asked_day('from') | string) -%}
    {%- set last = modules.datetime.date.fromisoformat(asked_day('to') | string) -%}
    {%- if last < first -%}
        {{ exceptions.raise_compiler_error("partition_to (" ~ last ~ ") is before partition_from (" ~ first ~ ")") }}
    {%- endif -%}
    {{ column }} between cast('{{ first }}' as date) and cast('{{ last }}' as date)
{%- endmacro %}


{% macro stale_days_relation() -%}
    {{ scratch(this.identifier ~ '__stale_days') }}
{%- endmacro %}


{#-
    Incremental strategy replace_partitions: rows of customers that have changed are restated, and the
    days that were built are replaced as a whole, all in one transaction, with what that makes pending
    (meta.pending: by kind of pending change, the columns that are its key). Only delete and insert, as a
    table of Parquet files knows no update or merge.
-#}
{% macro get_incremental_replace_partitions_sql(arg_dict) -%}
    {%- set target_relation = arg_dict.target_relation -%}
    {%- set columns = arg_dict.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set meta = model.config.meta -%}
    {%- set asked = days_asked_for() -%}
    {%- set is_restated = meta.restated_columns is defined -%}
    {%- set stale = asked_day('from') is not none and is_restated and not restates_rows() -%}
    {#- No single word in brackets: Spark takes `from facts where (true)` for a table that is called `where`. -#}
    {%- set replaced = '(' ~ asked ~ ' or partition_date in (select partition_date from ' ~ stale_days_relation() ~ '))' if stale else asked -%}
    {%- set pending, statements = [], [] -%}
    {%- if is_restated and run_query('select count(*) from ' ~ moved_rows()).columns[0].values()[0] > 0 %}
    {%- do statements.extend(restate(target_relation)) -%}
    {%- do pending.extend(pending_of_moved_rows()) -%}
    {%- endif -%}
    {%- for kind, keys in meta.get('pending', {}).items() -%}
    {%- for key in keys -%}
    {%- do pending.append(pending_rows(
        kind,
        'select ' ~ key ~ ' from ' ~ target_relation ~ ' where ' ~ replaced ~ ' union distinct select ' ~ key ~ ' from ' ~ arg_dict.temp_relation,
        with_source=kind == 'order'
    )) -%}
    {%- endfor -%}
    {%- endfor -%}
    {%- if is_restated -%}
    {%- set days = 'select partition_date from ' ~ target_relation ~ ' where ' ~ replaced ~ ' union distinct select partition_date from ' ~ arg_dict.temp_relation -%}
    {%- do pending.extend([pending_days(target_relation.identifier, days), pending_built_days(days)]) -%}
    {%- endif %}
    {%- if pending %}
    {#- First, so that a run that fails behind it is made up for by the next. -#}
    {%- set statements = [add_pending(pending)] + statements -%}
    {%- endif %}
    {{ return(in_order(statements + replace_rows(target_relation, replaced, arg_dict.temp_relation, columns))) }}
{%- endmacro %}


{#-
    Incremental strategy replace_keys: of a table that is kept by key, the rows for which the condition
    meta.replaced holds are replaced by those that were built; all of them when everything was built.
-#}
{% macro get_incremental_replace_keys_sql(arg_dict) -%}
    {%- set target_relation = arg_dict.target_relation -%}
    {%- set columns = arg_dict.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- set replaced = context[model.config.meta.replaced](arg_dict.temp_relation) if builds_changes_only() else 'true' -%}
    {%- set statements = [] -%}
    {%- if model.config.meta.get('by_day') %}
    {%- set replaced_days = target_relation -%}
    {%- if builds_changes_only() %}
    {#- Both what is published and what is deleted follows from these rows: they are looked for once. -#}
    {%- set replaced_days = scratch(target_relation.identifier ~ '__replaced') %}
    {%- do statements.extend(make_scratch(
        replaced_days, 'select rowid as row_id, partition_date from ' ~ target_relation ~ ' where ' ~ replaced
    )) -%}
    {%- set replaced = 'rowid in (select row_id from ' ~ replaced_days ~ ')' %}
    {%- endif %}
    {%- do statements.append(add_pending([pending_days(
        target_relation.identifier,
        'select partition_date from ' ~ replaced_days ~ ' union distinct select partition_date from ' ~ arg_dict.temp_relation
    )])) -%}
    {%- endif %}
    {%- do statements.extend(replace_rows(target_relation, replaced, arg_dict.temp_relation, columns)) -%}
    {{ return(in_order(statements)) }}
{%- endmacro %}
