{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}

-- The facts write the rows, in the transaction that restates them; a rebuild of the masters keeps them.
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
