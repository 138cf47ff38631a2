{#-
    The ledger of restatements: what the moved rows of a table of facts (find_moved_rows) are, and the
    table's totals before and after. Written in the transaction that restates them, or builds them anew.
-#}

{#- Statements, as a list, that write into the ledger what the moved rows are, and keep the totals of the table before. -#}
{% macro write_ledger(target_relation) -%}
    {%- set moved = moved_rows() -%}
    {%- set ids = [] -%}
    {%- for id in model.config.meta.ledger_ids -%}
        {%- do ids.extend(['previous_' ~ id, id]) -%}
    {%- endfor -%}
    {%- set groups = (ids + model.config.meta.get('ledger_by', [])) | join(', ') -%}
    {%- set totals -%}
    select
        {{ fact_totals(target_relation) }},
        (select count(*) from {{ moved }}) as moved_rows,
        moved.*
    from (
        select {{ revenue_of_facts() }}
        {#- As the table itself has them, so that what was made of them is compared with something else. #}
        from {{ target_relation ~ ' where rowid in (select row_id from ' ~ moved ~ ')' if restates_rows() else moved }}
    ) as moved
    {%- endset -%}
    {%- set ledger -%}
    insert into {{ ref('restatements') }} (
        run_id, restated_at, relation, {{ groups }}, row_count, gross_revenue, returned_revenue
    )
    select
        '{{ invocation_id }}',
        {{ run_moment() }},
        '{{ target_relation.identifier }}',
        {{ groups }},
        count(*),
        {{ revenue_of_facts() }}
    from {{ moved }}
    group by {{ groups }}
    {%- endset -%}
    {{ return(make_scratch(scratch(target_relation.identifier ~ '__totals'), totals) + [ledger]) }}
{%- endmacro %}


{#- The statement that writes down the totals of the table before, after write_ledger, and now. -#}
{% macro write_totals(target_relation, is_rebuild) -%}
    insert into {{ ref('restatement_totals') }} (
        run_id, restated_at, relation, is_rebuild, moved_rows, moved_gross_revenue, moved_returned_revenue,
        rows_before, rows_after, amount_before, amount_after
    )
    select
        '{{ invocation_id }}',
        {{ run_moment() }},
        '{{ target_relation.identifier }}',
        {{ is_rebuild }},
        before.moved_rows,
        before.gross_revenue,
        before.returned_revenue,
        before.row_count,
        after.row_count,
        before.amount,
        after.amount
    from {{ scratch(target_relation.identifier ~ '__totals') }} as before
    cross join (select {{ fact_totals(target_relation) }}) as after
{%- endmacro %}


{#-
    Before a table of facts is built anew by a full refresh: writes into the ledger which of its rows are
    have another ID by now, as the new rows don't say.
-#}
{% macro write_ledger_if_rebuilt() -%}
    {%- if is_rebuilt_from_scratch() -%}
        {{ return(in_order(write_ledger(this))) }}
    {%- endif -%}
{%- endmacro %}


{#- After it: writes down the totals before and now, and with that acknowledges restatements that didn't reconcile. -#}
{% macro write_totals_if_rebuilt() -%}
    {%- if is_rebuilt_from_scratch() -%}
        {{ write_totals(this, is_rebuild=true) }}
    {%- endif -%}
{%- endmacro %}


{#-
    Whether a table of facts that has been there before is built anew by a full refresh. One with other
    columns than the model has, as an earlier version left it, tells nothing that could be compared.
-#}
{% macro is_rebuilt_from_scratch() -%}
    {%- set kept = kept_relation(this.identifier) if flags.FULL_REFRESH else none -%}
    {%- if kept is none -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set columns = adapter.get_columns_in_relation(kept) | map(attribute='name') | list -%}
    {{ return(model.columns.keys() | reject('in', columns) | list | length == 0) }}
{%- endmacro %}


{#- SQL of aggregates, the gross and returned revenue of rows of the facts; 0 where they have no amounts. -#}
{% macro revenue_of_facts() -%}
    {%- if model.config.meta.has_amounts %}
        cast(coalesce(sum(case when transaction_type = 'sale' then amount end), 0) as decimal(18, 4)) as gross_revenue,
        cast(coalesce(-sum(case when transaction_type = 'return' then amount end), 0) as decimal(18, 4)) as returned_revenue
    {%- else %}
        cast(coalesce(sum(0), 0) as decimal(18, 4)) as gross_revenue,
        cast(coalesce(sum(0), 0) as decimal(18, 4)) as returned_revenue
    {%- endif %}
{%- endmacro %}


{% macro fact_totals(relation) -%}
    (select count(*) from {{ relation }}) as row_count,
    {%- if model.config.meta.has_amounts %}
    (select coalesce(sum(amount), 0) from {{ relation }}) as amount
    {%- else %}
    cast(0 as decimal(18, 4)) as amount
    {%- endif %}
{%- endmacro %}


{#-
    The ledger before there is anything in it. The facts write its rows, in the transaction that restates them; a
    rebuild of the masters keeps them.

    ids: the ID columns of the facts.
    by: further columns of facts that its rows are split by.
-#}
{% macro empty_ledger(ids, by=[]) -%}
    select
        cast('' as {{ dbt.type_string() }}) as run_id,
        {{ run_moment() }} as restated_at,
        cast('' as {{ dbt.type_string() }}) as relation,
        {%- for id in ids %}
        cast('' as {{ dbt.type_string() }}) as previous_{{ id }},
        cast('' as {{ dbt.type_string() }}) as {{ id }},
        {%- endfor %}
        {%- for column in by %}
        cast('' as {{ dbt.type_string() }}) as {{ column }},
        {%- endfor %}
        cast(0 as bigint) as row_count,
        cast(0 as decimal(18, 4)) as gross_revenue,
        cast(0 as decimal(18, 4)) as returned_revenue
    where false
{%- endmacro %}


{#- Its control totals before there are any. -#}
{% macro empty_restatement_totals() -%}
    select
        cast('' as {{ dbt.type_string() }}) as run_id,
        {{ run_moment() }} as restated_at,
        cast('' as {{ dbt.type_string() }}) as relation,
        false as is_rebuild,
        cast(0 as bigint) as moved_rows,
        cast(0 as decimal(18, 4)) as moved_gross_revenue,
        cast(0 as decimal(18, 4)) as moved_returned_revenue,
        cast(0 as bigint) as rows_before,
        cast(0 as bigint) as rows_after,
        cast(0 as decimal(38, 4)) as amount_before,
        cast(0 as decimal(38, 4)) as amount_after
    where false
{%- endmacro %}
