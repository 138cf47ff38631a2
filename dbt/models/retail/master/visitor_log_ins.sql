{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    on_schema_change='fail',
    meta={'pending': {'log_in': ['anonymous_id as key']}}
) }}

{%- set days = partitions_to_build() %}

with

log_ins as (
    select
        anonymous_id,
        account_id,
        case when account_id is null then order_id end as order_id,
        occurred_at,
        event_id,
        partition_date
    from {{ ref('stg_web__events') }}
    where
        {{ days }}
        and anonymous_id is not null
        and (account_id is not null or order_id is not null)
),

visits as (
    select
        partition_date,
        anonymous_id,
        min(account_id) as account_id,
        min(occurred_at) as occurred_at,
        max(order_id) is not null or min(account_id) <> max(account_id) as is_mixed
    from log_ins
    group by partition_date, anonymous_id
),

-- Only a device that several people use needs its log-ins in order: sorting all of them costs seconds.
changes as (
    select
        log_ins.anonymous_id,
        log_ins.account_id,
        log_ins.order_id,
        log_ins.occurred_at,
        log_ins.event_id,
        log_ins.partition_date
    from log_ins
    inner join visits
        on
            log_ins.partition_date = visits.partition_date
            and log_ins.anonymous_id = visits.anonymous_id
            and visits.is_mixed
    qualify
        lag(coalesce(log_ins.account_id, 'order ' || log_ins.order_id)) over (
            partition by log_ins.partition_date, log_ins.anonymous_id
            order by log_ins.occurred_at, log_ins.event_id
        ) is distinct from coalesce(log_ins.account_id, 'order ' || log_ins.order_id)
),

final as (
    select
        anonymous_id,
        account_id,
        cast(null as {{ dbt.type_string() }}) as order_id,
        occurred_at,
        cast(null as {{ dbt.type_string() }}) as event_id,
        partition_date
    from visits
    where not is_mixed

    union all

    select
        anonymous_id,
        account_id,
        order_id,
        occurred_at,
        event_id,
        partition_date
    from changes
)

select * from final
