{#-
    Statements that have to be carried out one after the other, as one text for whoever runs it. DuckDB takes
    several at once, in the transaction of the model. Other engines take one: all but the last are run here.
-#}
{% macro in_order(statements) -%}
    {{ return(adapter.dispatch('in_order', 'customer_platform')(statements | map('trim') | select | list)) }}
{%- endmacro %}

{% macro default__in_order(statements) -%}
    {%- for statement in statements[:-1] if execute -%}
        {%- do run_query(statement) -%}
    {%- endfor -%}
    {{ return(statements[-1] if statements else '') }}
{%- endmacro %}

{% macro duckdb__in_order(statements) -%}
    {{ return(statements | join(';\n\n')) }}
{%- endmacro %}


{#- Name of a table that one model needs while it is built. -#}
{% macro scratch(name) -%}
    {{ return(adapter.dispatch('scratch', 'customer_platform')(name)) }}
{%- endmacro %}

{% macro default__scratch(name) -%}
    {{ return(target.schema ~ '.' ~ name) }}
{%- endmacro %}

{% macro duckdb__scratch(name) -%}
    {{ return(name) }}
{%- endmacro %}


{#- The statements that fill it, as a list. -#}
{% macro make_scratch(name, query) -%}
    {{ return(adapter.dispatch('make_scratch', 'customer_platform')(name, query)) }}
{%- endmacro %}

{#- A table: a temporary view would be computed again wherever it is read, and from what has changed meanwhile. -#}
{% macro default__make_scratch(name, query) -%}
    {{ return(['drop table if exists ' ~ name, 'create table ' ~ name ~ ' as ' ~ query]) }}
{%- endmacro %}

{% macro duckdb__make_scratch(name, query) -%}
    {{ return(['create or replace temporary table ' ~ name ~ ' as ' ~ query]) }}
{%- endmacro %}

{% macro run_scratch(name, query) -%}
    {%- for statement in make_scratch(name, query) -%}
        {%- do run_query(statement) -%}
    {%- endfor -%}
{%- endmacro %}


{#-
    The statements by which the rows of a table for which the condition holds are replaced by those of another,
    as a list. Where rows can't be deleted the condition is on partition_date alone, or true.
-#}
{% macro replace_rows(relation, condition, rows, columns) -%}
    {{ return(adapter.dispatch('replace_rows', 'customer_platform')(relation, condition, rows, columns)) }}
{%- endmacro %}

{% macro default__replace_rows(relation, condition, rows, columns) -%}
    {{ return([
        'delete from ' ~ relation ~ ' where ' ~ condition,
        'insert into ' ~ relation ~ ' (' ~ columns ~ ') select ' ~ columns ~ ' from ' ~ rows
    ]) }}
{%- endmacro %}

{#- Of a table of Parquet files whole partitions are overwritten; those that no row is left of are dropped. -#}
{% macro spark__replace_rows(relation, condition, rows, columns) -%}
    {%- if not config.get('partition_by') -%}
        {{ return(['insert overwrite table ' ~ relation ~ ' select ' ~ columns ~ ' from ' ~ rows]) }}
    {%- endif -%}
    {%- set overwrite = 'insert overwrite table ' ~ relation ~ ' partition (partition_date) select ' ~ columns ~ ' from ' ~ rows -%}
    {%- set emptied = run_query(
        'select distinct partition_date from ' ~ relation ~ ' where ' ~ condition
        ~ ' except select partition_date from ' ~ rows
    ).columns[0].values() -%}
    {{ return([overwrite] + drop_partitions(relation, 'partition_date', emptied)) }}
{%- endmacro %}


{#- The statements that delete the rows of whole values of a column, by which Spark's table is partitioned. -#}
{% macro delete_values(relation, column, condition) -%}
    {{ return(adapter.dispatch('delete_values', 'customer_platform')(relation, column, condition)) }}
{%- endmacro %}

{% macro default__delete_values(relation, column, condition) -%}
    {{ return(['delete from ' ~ relation ~ ' where ' ~ condition]) }}
{%- endmacro %}

{% macro spark__delete_values(relation, column, condition) -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set values = run_query('select distinct ' ~ column ~ ' from ' ~ relation ~ ' where ' ~ condition).columns[0].values() -%}
    {{ return(drop_partitions(relation, column, values)) }}
{%- endmacro %}

{% macro drop_partitions(relation, column, values) -%}
    {%- set statements = [] -%}
    {%- for value in values -%}
        {%- do statements.append('alter table ' ~ relation ~ ' drop if exists partition (' ~ column ~ " = '" ~ value ~ "')") -%}
    {%- endfor -%}
    {{ return(statements) }}
{%- endmacro %}


{#- How a table is made that is partitioned by a column, behind its columns. -#}
{% macro partitioned_by(column) -%}
    {{ return(adapter.dispatch('partitioned_by', 'customer_platform')(column)) }}
{%- endmacro %}

{% macro default__partitioned_by(column) -%}
{%- endmacro %}

{% macro spark__partitioned_by(column) -%}
    {{ ' using parquet partitioned by (' ~ column ~ ')' }}
{%- endmacro %}


{#- The config partition_by of tables by day. -#}
{% macro by_day() -%}
    {{ return(adapter.dispatch('by_day', 'customer_platform')()) }}
{%- endmacro %}

{% macro default__by_day() -%}
    {{ return(none) }}
{%- endmacro %}

{% macro spark__by_day() -%}
    {{ return(['partition_date']) }}
{%- endmacro %}


{#-
    How the staging models of records are kept: config materialized. Spark plans the functions of a view, which
    have whole alphabets in them, for most of a second at each use, and every data test is one: there they are tables.
-#}
{% macro kept_records() -%}
    {{ return(adapter.dispatch('kept_records', 'customer_platform')()) }}
{%- endmacro %}

{% macro default__kept_records() -%}
    {{ return('view') }}
{%- endmacro %}

{% macro spark__kept_records() -%}
    {{ return('table') }}
{%- endmacro %}


{#-
    The query to read what another query gives, where it is read several times: Spark would compute it each time.

    name: of the scratch table of engines that do.
-#}
{% macro computed_once(name, query) -%}
    {{ return(adapter.dispatch('computed_once', 'customer_platform')(name, query)) }}
{%- endmacro %}

{% macro default__computed_once(name, query) -%}
    {{ return(query) }}
{%- endmacro %}

{% macro spark__computed_once(name, query) -%}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {%- do run_scratch(scratch(name), query) -%}
        {{ return('select * from ' ~ scratch(name)) }}
    {%- endif -%}
    {{ return(query) }}
{%- endmacro %}
