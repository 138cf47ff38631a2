{#-
    Restatements of a relation whose control totals or ledger don't add up, of all runs since it was last
    built anew by a full refresh: with that those before it are settled.
-#}
{% macro unreconciled_restatements(relation) -%}
    with

    all_totals as (
        select * from {{ ref('restatement_totals') }}
        where relation = '{{ relation }}'
    ),

    rebuilt as (
        select coalesce(max(restated_at), {{ timestamp_literal('0001-01-01') }}) as rebuilt_at
        from all_totals
        where is_rebuild
    ),

    totals as (
        select all_totals.*
        from all_totals
        cross join rebuilt
        where all_totals.restated_at >= rebuilt.rebuilt_at
    ),

    -- By the run: two runs may have the same moment.
    ledger as (
        select
            ledger.run_id,
            ledger.restated_at,
            sum(ledger.row_count) as row_count,
            sum(ledger.gross_revenue) as gross_revenue,
            sum(ledger.returned_revenue) as returned_revenue
        from {{ ref('restatements') }} as ledger
        cross join rebuilt
        where
            ledger.relation = '{{ relation }}'
            and ledger.restated_at >= rebuilt.rebuilt_at
        group by ledger.run_id, ledger.restated_at
    )

    select
        coalesce(totals.run_id, ledger.run_id) as run_id,
        coalesce(totals.restated_at, ledger.restated_at) as restated_at,
        ledger.row_count as rows_in_ledger,
        totals.moved_rows,
        ledger.gross_revenue as gross_in_ledger,
        totals.moved_gross_revenue,
        ledger.returned_revenue as returned_in_ledger,
        totals.moved_returned_revenue,
        totals.rows_before,
        totals.rows_after,
        totals.amount_before,
        totals.amount_after
    from ledger
    full join totals
        on
            ledger.run_id is not distinct from totals.run_id
            and ledger.restated_at = totals.restated_at
    where
        coalesce(ledger.row_count, 0) <> coalesce(totals.moved_rows, 0)
        or coalesce(ledger.gross_revenue, 0) <> totals.moved_gross_revenue
        or coalesce(ledger.returned_revenue, 0) <> totals.moved_returned_revenue
        or (
            not coalesce(totals.is_rebuild, false)
            and (totals.rows_before <> totals.rows_after or totals.amount_before <> totals.amount_after)
        )
{%- endmacro %}
