{#-
    master.pending_changes: what has changed in the masters and has not yet reached everything that
    follows from it. Whatever replaces rows adds to it in the same transaction, and it is emptied when
    the last model of a run is written, so that a run that fails halfway is made up for by the next.

    kind, source, key:
        customer  -, customer ID: its facts or records have changed
        order     source, order ID: lines of it, or returns that refer to it, have changed
        log_in    -, anonymous ID: its log-ins may have changed
        visitor   -, anonymous ID: the account it belongs to has changed
        built_day -, ISO day or * for all: its facts have been replaced, not yet what follows from them by day
        run       -, a run of the masters that has not ended yet
        choices   -, fingerprint: what decides how the masters turn out is another than they were built with
        day       relation, ISO day or * for all: has to be published again (kept until it is)
        erased_day relation, ISO day or * for all: somebody was erased from it, so that files of it are
                  deleted at once when it is published again (kept until it is)
-#}
{% macro pending_changes() -%}
    {{ target.schema }}.pending_changes
{%- endmacro %}


{#- The schema of the table and the table, made where they aren't there; called when dbt starts. -#}
{% macro create_master_schema() -%}
    create schema if not exists {{ target.schema }}{{ located(target.schema) }}
{%- endmacro %}

{% macro create_pending_changes() -%}
    create table if not exists {{ pending_changes() }} (
        kind {{ dbt.type_string() }}, source {{ dbt.type_string() }}, key {{ dbt.type_string() }}
    ){{ partitioned_by('kind') }}
{%- endmacro %}


{#- Empties it but for the days, which the publisher takes. -#}
{% macro settle_pending_changes() -%}
    {{ return(in_order(delete_values(pending_changes(), 'kind', "kind not in ('day', 'erased_day')"))) }}
{%- endmacro %}


{#- The keys of one kind, as a subquery of one column. -#}
{% macro pending_keys(kind) -%}
    (select key from {{ pending_changes() }} where kind = '{{ kind }}')
{%- endmacro %}


{#- A condition on the keys of one kind that a test has to look at: those pending, all where everything was built. -#}
{% macro keys_to_check(column, kind) -%}
    {%- if asked_day('from') is none or '*' in days_left_over() -%}
        true
    {%- else -%}
        {{ column }} in {{ pending_keys(kind) }}
    {%- endif -%}
{%- endmacro %}


{#- SQL of keys to be added. keys: SQL that selects `key`, or `source, key` for orders and days. -#}
{% macro pending_rows(kind, keys, with_source=false) -%}
    select
        '{{ kind }}' as kind,
        {{ 'source' if with_source else 'cast(null as ' ~ dbt.type_string() ~ ') as source' }},
        key
    from ({{ keys }}) as changed
    where key is not null
{%- endmacro %}


{#-
    The statement that adds keys, given as a list of pending_rows. One for each model: DuckDB 2.0 shows the
    rows of a large insert to nobody when an insert of no rows into the same table went before it in the
    same transaction.
-#}
{% macro add_pending(rows) -%}
    insert into {{ pending_changes() }} (kind, source, key)
    {{ rows | join(' union distinct ') }}
{%- endmacro %}


{#- SQL of the days of a relation's rows, to be published again. -#}
{% macro pending_days(relation, rows) -%}
    {{ pending_rows(
        'day',
        "select '" ~ relation ~ "' as source, cast(partition_date as " ~ dbt.type_string() ~ ") as key from (" ~ rows ~ ") as days",
        with_source=true
    ) }}
{%- endmacro %}


{#- SQL of the days of rows that have been built, so that what follows from them by day is, too. -#}
{% macro pending_built_days(rows) -%}
    {{ pending_rows('built_day', 'select cast(partition_date as ' ~ dbt.type_string() ~ ') as key from (' ~ rows ~ ') as days') }}
{%- endmacro %}


{#- Before a daily table is built anew: all its days have to be published. -#}
{% macro publish_all_days_if_rebuilt() -%}
    {%- if is_built_anew() -%}
        insert into {{ pending_changes() }} (kind, source, key) values ('day', '{{ this.identifier }}', '*')
    {%- endif -%}
{%- endmacro %}


{#- Before facts are built anew: everything has to follow, in a later run should this one fail. -#}
{% macro follow_all_days_if_rebuilt() -%}
    {%- if is_built_anew() -%}
        insert into {{ pending_changes() }} (kind, key) values ('built_day', '*')
    {%- endif -%}
{%- endmacro %}


{#- Whether a daily table is built for every day. -#}
{% macro is_built_anew() -%}
    {{ return(execute and (asked_day('from') is none or flags.FULL_REFRESH or kept_relation(this.identifier) is none)) }}
{%- endmacro %}


{#-
    The ISO days that a run before this one has built, without what follows from them: it failed. Empty
    where it didn't; * among them stands for all. On top of the days that are asked for.
-#}
{% macro days_left_over() -%}
    {%- if not execute or asked_day('from') is none -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set asked = [asked_day('from') | string, asked_day('to') | string] -%}
    {%- set left_over = [] -%}
    {%- for day in run_query('select distinct key from ' ~ pending_changes() ~ " where kind = 'built_day' order by key").columns[0].values() -%}
        {%- if day == '*' or not asked[0] <= day <= asked[1] -%}
            {%- do left_over.append(day) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(left_over) }}
{%- endmacro %}


{#-
    The days of which everything has to be built that follows from the facts, and checked: those asked for,
    and those left over. A condition on the column partition_date, of literals, as only these are pushed down.
-#}
{% macro days_to_follow() -%}
    {%- set left_over = days_left_over() -%}
    {%- if asked_day('from') is none or '*' in left_over -%}
        true
    {%- elif left_over -%}
        (
            {{ partition_range() }}
            or partition_date in ({% for day in left_over %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor %})
        )
    {%- else -%}
        {{ partition_range() }}
    {%- endif -%}
{%- endmacro %}


{#-
    A table of the masters as an earlier run has left it, none when there is none. For what a model reads
    of itself or of a model that is built after it, which ref() would call a cycle.
-#}
{% macro kept_relation(name) -%}
    {{ return(adapter.get_relation(database=target.database, schema=target.schema, identifier=name) if execute else none) }}
{%- endmacro %}


{#-
    Whether a model that is kept by key builds only what pending_changes names; otherwise it builds
    everything: at first, when no days are asked for, after a full rebuild (also one that failed halfway), when
    what decides it has changed, and on engines whose tables can only replace partitions.
-#}
{% macro builds_changes_only() -%}
    {{ return(
        execute
        and asked_day('from') is not none
        and is_incremental()
        and restates_rows()
        and kept_relation('customer_records') is not none
        and not choices_are_pending()
        and '*' not in days_left_over()
    ) }}
{%- endmacro %}
