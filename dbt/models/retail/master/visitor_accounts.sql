{{ config(
    materialized='incremental',
    incremental_strategy='replace_visitors',
    on_schema_change='fail'
) }}

with

-- The accounts of orders that a visitor has placed without being logged in.
order_accounts as (
    select
        source,
        order_id,
        max(source_record_id) as account_id
    from {{ ref('transactions') }}
    where
        source_record_id is not null
        and order_id in (select order_id from {{ ref('visitor_log_ins') }} where order_id is not null)
    group by source, order_id
),

log_ins as (
    select
        log_ins.anonymous_id,
        log_ins.account_source,
        coalesce(log_ins.account_id, order_accounts.account_id) as account_id,
        log_ins.occurred_at,
        log_ins.event_id
    from {{ ref('visitor_log_ins') }} as log_ins
    left join order_accounts
        on
            log_ins.account_source = order_accounts.source
            and log_ins.order_id = order_accounts.order_id
    where
        coalesce(log_ins.account_id, order_accounts.account_id) is not null
        and {{ visitors_to_build('log_ins.anonymous_id') }}
),

overshared as (
    {{ visitors_of_too_many('log_ins', "account_source || ':' || account_id") }}
),

visitors as (
    select
        anonymous_id,
        min(account_source) as account_source,
        min(account_id) as account_id,
        min(account_id) <> max(account_id) or min(account_source) <> max(account_source) as is_shared
    from log_ins
    where anonymous_id not in (select anonymous_id from overshared)
    group by anonymous_id
),

-- Only a device that several people use needs its log-ins in order.
changes as (
    select
        log_ins.anonymous_id,
        log_ins.account_source,
        log_ins.account_id,
        log_ins.occurred_at,
        log_ins.event_id
    from log_ins
    inner join visitors on log_ins.anonymous_id = visitors.anonymous_id and visitors.is_shared
    window log_ins_in_time as (
        partition by log_ins.anonymous_id
        order by log_ins.occurred_at, log_ins.event_id, log_ins.account_id
    )
    qualify
        lag(log_ins.account_id) over log_ins_in_time is distinct from log_ins.account_id
        or lag(log_ins.account_source) over log_ins_in_time is distinct from log_ins.account_source
),

-- Of several changes in the same instant the last counts.
final as (
    select
        anonymous_id,
        account_source,
        account_id,
        {{ timestamp_literal('0001-01-01') }} as known_from,
        {{ timestamp_literal('9999-12-31') }} as known_until
    from visitors
    where not is_shared

    union all

    select
        anonymous_id,
        account_source,
        account_id,
        case
            when lag(occurred_at) over visits is null then {{ timestamp_literal('0001-01-01') }}
            else occurred_at
        end as known_from,
        coalesce(lead(occurred_at) over visits, {{ timestamp_literal('9999-12-31') }}) as known_until
    from changes
    window visits as (partition by anonymous_id order by occurred_at, event_id, account_id)
)

select * from final
where known_from < known_until
