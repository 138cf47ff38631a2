with

log_ins as (
    select
        role,
        anonymous_id,
        record_source,
        source_record_id,
        occurred_at,
        event_id
    from {{ ref('visitor_events') }}
    where anonymous_id is not null and source_record_id is not null
),

overshared as (
    {{ visitors_of_too_many('log_ins', 'source_record_id', role='role') }}
),

-- Where somebody else has logged in on the same device. Of several in the same instant the last counts.
changes as (
    select log_ins.*
    from log_ins
    left join overshared on log_ins.role = overshared.role and log_ins.anonymous_id = overshared.anonymous_id
    where overshared.anonymous_id is null
    qualify
        lag(log_ins.source_record_id) over (
            partition by log_ins.role, log_ins.anonymous_id order by log_ins.occurred_at, log_ins.event_id
        ) is distinct from log_ins.source_record_id
),

final as (
    select
        role,
        anonymous_id,
        record_source,
        source_record_id,
        case
            when lag(occurred_at) over visits is null then {{ timestamp_literal('0001-01-01') }}
            else occurred_at
        end as known_from,
        coalesce(lead(occurred_at) over visits, {{ timestamp_literal('9999-12-31') }}) as known_until
    from changes
    window visits as (partition by role, anonymous_id order by occurred_at, event_id)
)

select * from final
where known_from < known_until
