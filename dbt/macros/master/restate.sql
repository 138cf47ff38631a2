{#-
    Facts are restated when the ID of a record changes, or somebody turns out to be behind a visitor: exactly
    the rows that it concerns, in place. A table of facts declares in its meta

    restated_columns: the columns that restating may change;
    ledger_ids: its IDs, which the ledger of restatements shows before and after; without them there is none;
    ledger_by: further columns that split the ledger's rows, such as currency;
    has_amounts: whether it has transaction_type and amount.

    and finds the rows while it is compiled (find_moved_rows); the strategy replace_partitions replaces them.
-#}

{#-
    Whether single rows can be replaced. Elsewhere whole partitions are: the days that hold a row to be
    restated are built again. With the var restate_rows false DuckDB does so, too.
-#}
{% macro restates_rows() -%}
    {{ return(adapter.dispatch('restates_rows', 'customer_platform')()) }}
{%- endmacro %}

{% macro default__restates_rows() -%}
    {{ return(false) }}
{%- endmacro %}

{% macro duckdb__restates_rows() -%}
    {{ return(var('restate_rows', true)) }}
{%- endmacro %}


{#- When this run takes place, UTC: the moment from which on what it changes is valid. -#}
{% macro run_moment() -%}
    {{ timestamp_literal(var('run_at', run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f'))) }}
{%- endmacro %}


{#-
    SQL of rows of facts with the IDs that their records have now, as new_<id>.

    facts: facts_to_check.
    ids: for every ID column a dictionary with `id`, `entity`, and the columns that name the record, `source` and
    `record`.
-#}
{% macro with_ids(facts, ids) -%}
    select
        facts.*
        {%- for each in ids %},
        {{ each.id }}s.{{ each.entity }}_id as new_{{ each.id }}
        {%- endfor %}
    from {{ facts }} as facts
    {%- for each in ids %}
    left join {{ id_map_of(each.entity) }} as {{ each.id }}s
        on
            facts.{{ each.source }} = {{ each.id }}s.source
            and facts.{{ each.record }} = {{ each.id }}s.source_record_id
    {%- endfor %}
{%- endmacro %}


{#- The keys of records of customers that have another customer ID since the masters were last built. -#}
{% macro moved_records() -%}
    (select source_record_id from {{ ref('restated_records') }} where is_moved)
{%- endmacro %}


{#-
    The rows of this table of facts of which any may have to be restated, as a subquery; with their row_id where
    single rows can be replaced.

    keys: by column, the keys as a subquery, of which every row to be restated has one; without them all rows.
    The row numbers are found first, as a join reads every column of all rows that it looks up: of 50 million
    events 3 s rather than half of one.
-#}
{% macro facts_to_check(keys=none) -%}
    {%- if restates_rows() -%}
        (
            select
                rowid as row_id,
                *
            from {{ this }}
            {%- if keys %}
            where rowid in (select row_id from {{ scratch(this.identifier ~ '__candidates') }})
            {%- endif %}
        )
    {%- else -%}
        (
            select *
            from {{ this }}
            {%- for column, values in (keys or {}).items() %}
            {{ 'where' if loop.first else 'or' }} {{ column }} in {{ values }}
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}


{#-
    Makes the temporary table of the rows to be restated (<table>__moved) where this table of facts is there: as
    they become, with their IDs before as previous_<id>, and their row_id where single rows can be replaced.

    now: SQL of the rows of facts_to_check with what every restated column is now, as new_<column>.
    keys: those of facts_to_check.
-#}
{% macro find_moved_rows(now, keys=none) -%}
    {#- Unit tests have no such table. -#}
    {%- if execute and this and (is_incremental() or is_rebuilt_from_scratch()) -%}
        {%- set restated = model.config.meta.restated_columns -%}
        {%- set differing = [] -%}
        {%- for column in restated -%}
            {%- do differing.append('facts.' ~ column ~ ' is distinct from facts.new_' ~ column) -%}
        {%- endfor -%}
        {%- set differing = '(' ~ now ~ ') as facts where ' ~ differing | join(' or ') -%}
        {%- set has_new = 'now' if restates_rows() else 'facts' -%}
        {%- set columns = [] -%}
        {%- for column in model.config.meta.get('ledger_ids', []) -%}
            {%- do columns.append('facts.' ~ column ~ ' as previous_' ~ column) -%}
        {%- endfor -%}
        {%- for column in adapter.get_columns_in_relation(this) | map(attribute='name') -%}
            {%- do columns.append((has_new ~ '.new_' ~ column ~ ' as ' if column in restated else 'facts.') ~ column) -%}
        {%- endfor -%}
        {%- if restates_rows() -%}
            {%- set candidates = [] -%}
            {%- for column, values in (keys or {}).items() -%}
                {%- do candidates.append('select rowid as row_id from ' ~ this ~ ' where ' ~ column ~ ' in ' ~ values) -%}
            {%- endfor -%}
            {%- if candidates -%}
                {%- do run_scratch(scratch(this.identifier ~ '__candidates'), candidates | join(' union distinct ')) -%}
            {%- endif -%}
            {#- What differs is found by the columns that it takes, and only then is the rest of the rows read. -#}
            {%- set now = scratch(this.identifier ~ '__now') -%}
            {%- do run_scratch(now, 'select row_id, new_' ~ restated | join(', new_') ~ ' from ' ~ differing) -%}
            {%- do run_scratch(
                moved_rows(),
                'select now.row_id, ' ~ columns | join(', ') ~ ' from ' ~ this ~ ' as facts inner join ' ~ now
                ~ ' as now on facts.rowid = now.row_id where facts.rowid in (select row_id from ' ~ now ~ ')'
            ) -%}
        {%- else -%}
            {%- do run_scratch(moved_rows(), 'select ' ~ columns | join(', ') ~ ' from ' ~ differing) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The temporary table of the rows to be restated. -#}
{% macro moved_rows() -%}
    {{ return(scratch(this.identifier ~ '__moved')) }}
{%- endmacro %}


{#- What follows from moved rows, as a list of pending_rows. -#}
{% macro pending_of_moved_rows() -%}
    {%- set pending = [pending_days(this.identifier, 'select partition_date from ' ~ moved_rows())] -%}
    {%- for id in model.config.meta.get('ledger_ids', []) -%}
        {%- do pending.append(pending_rows(
            id | replace('_id', ''),
            'select previous_' ~ id ~ ' as key from ' ~ moved_rows() ~ ' union distinct select ' ~ id ~ ' from ' ~ moved_rows()
        )) -%}
    {%- endfor -%}
    {{ return(pending) }}
{%- endmacro %}


{#-
    Statements, as a list, that write into the ledger what the moved rows are, restate them where single rows can be
    replaced, and write down the table's totals before and after.
-#}
{% macro restate(target_relation) -%}
    {%- set columns = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
    {%- set has_ledger = model.config.meta.ledger_ids is defined -%}
    {%- set statements = write_ledger(target_relation) if has_ledger else [] -%}
    {%- if restates_rows() -%}
        {%- do statements.extend(replace_rows(
            target_relation, 'rowid in (select row_id from ' ~ moved_rows() ~ ')', moved_rows(), columns | join(', ')
        )) -%}
    {%- endif -%}
    {{ return(statements + ([write_totals(target_relation, is_rebuild=false)] if has_ledger else [])) }}
{%- endmacro %}
