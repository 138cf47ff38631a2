with

log_ins as (
    select
        anonymous_id,
        account_id,
        occurred_at,
        event_id
    from {{ ref('stg_web__events') }}
    where account_id is not null and anonymous_id is not null
),

visitors as (
    select
        anonymous_id,
        min(account_id) as account_id,
        min(account_id) <> max(account_id) as is_shared
    from log_ins
    group by anonymous_id
),

-- Only a device that several people use needs its log-ins in order: sorting all of them costs seconds.
changes as (
    select
        log_ins.anonymous_id,
        log_ins.account_id,
        log_ins.occurred_at,
        log_ins.event_id
    from log_ins
    inner join visitors on log_ins.anonymous_id = visitors.anonymous_id and visitors.is_shared
    qualify
        lag(log_ins.account_id) over (
            partition by log_ins.anonymous_id order by log_ins.occurred_at, log_ins.event_id
        ) is distinct from log_ins.account_id
),

-- Of several changes in the same instant the last counts.
final as (
    select
        anonymous_id,
        account_id,
        {{ timestamp_literal('0001-01-01') }} as known_from,
        {{ timestamp_literal('9999-12-31') }} as known_until
    from visitors
    where not is_shared

    union all

    select
        anonymous_id,
        account_id,
        case
            when lag(occurred_at) over visits is null then {{ timestamp_literal('0001-01-01') }}
            else occurred_at
        end as known_from,
        coalesce(lead(occurred_at) over visits, {{ timestamp_literal('9999-12-31') }}) as known_until
    from changes
    window visits as (partition by anonymous_id order by occurred_at, event_id)
)

select * from final
where known_from < known_until
