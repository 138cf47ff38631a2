{{ config(materialized='view') }}
{%- set columns = history_columns() | join(', ') %}

with

versions as (
    select
        *,
        lead(valid_from) over (partition by customer_id order by valid_from) as valid_to
    from {{ ref('customer_changes') }}
)

select
    {{ columns }},
    valid_from,
    valid_to,
    valid_to is null as is_current
from versions
where not is_deleted
