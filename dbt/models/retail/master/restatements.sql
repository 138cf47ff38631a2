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
    cast('' as {{ dbt.type_string() }}) as previous_customer_id,
    cast('' as {{ dbt.type_string() }}) as customer_id,
    cast(0 as bigint) as row_count,
    cast(0 as decimal(18, 4)) as gross_revenue,
    cast(0 as decimal(18, 4)) as returned_revenue
where false
