{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    partition_by=by_day(),
    on_schema_change='fail',
    pre_hook="{{ follow_all_days_if_rebuilt() }}",
    meta={'pending': {'log_in': ['anonymous_id as key']}}
) }}

{%- set days = partitions_to_build() %}

-- All of them: a log-in that arrives late, with another day, may come between any two.
select
    anonymous_id,
    account_source,
    account_id,
    case when account_id is null then order_id end as order_id,
    occurred_at,
    event_id,
    partition_date
from {{ ref('visitor_events') }}
where
    {{ days }}
    and anonymous_id is not null
    and (account_id is not null or order_id is not null)
