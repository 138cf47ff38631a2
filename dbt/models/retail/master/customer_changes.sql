{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}
{%- set columns = golden_record_columns() | join(', ') %}
{%- set changes_only = builds_changes_only() %}

with

golden as (
    select {{ columns }}
    from {{ ref('golden_records') }}
    {%- if changes_only %}
    where customer_id in {{ pending_keys('customer') }}
    {%- endif %}
)

{%- if not is_incremental() %}

select
    {{ columns }},
    {{ run_moment() }} as valid_from,
    false as is_deleted
from golden
{%- else %},

newest as (
    select *
    from {{ this }}
    {%- if changes_only %}
    where customer_id in {{ pending_keys('customer') }}
    {%- endif %}
    qualify row_number() over (partition by customer_id order by valid_from desc) = 1
),

-- Versions from before an attribute was added say nothing of it.
known as (
    select {{ kept_golden_record_columns(this, ref('golden_records')) }}
    from newest
    where not is_deleted
),

changed as (
    select * from golden
    {{ dbt.except() }}
    select * from known
),

gone as (
    select known.*
    from known
    left join golden on known.customer_id = golden.customer_id
    where golden.customer_id is null
)

select
    *,
    {{ run_moment() }} as valid_from,
    false as is_deleted
from changed

union all

select
    *,
    {{ run_moment() }} as valid_from,
    true as is_deleted
from gone
{%- endif %}
