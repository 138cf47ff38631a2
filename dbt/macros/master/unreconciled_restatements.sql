{#- Restatements of a relation whose control totals or ledger don't add up. -#}
{% macro unreconciled_restatements(relation) -%}
    with ledger as (
        select
            restated_at,
            sum(row_count) as row_count
        from {{ ref('restatements') }}
        where relation = '{{ relation }}'
        group by restated_at
    )

    select
        coalesce(totals.restated_at, ledger.restated_at) as restated_at,
        ledger.row_count as rows_in_ledger,
        totals.moved_rows,
        totals.rows_before,
        totals.rows_after,
        totals.amount_before,
        totals.amount_after
    from ledger
    full join (
        select * from {{ ref('restatement_totals') }} where relation = '{{ relation }}'
    ) as totals
        on ledger.restated_at = totals.restated_at
    where
        ledger.row_count is distinct from totals.moved_rows
        or totals.rows_before <> totals.rows_after
        or totals.amount_before <> totals.amount_after
{%- endmacro %}
