with

log_ins as (
    select
        anonymous_id,
        email,
        occurred_at,
        event_id
    from {{ ref('visitor_events') }}
    where email is not null and anonymous_id is not null
),

overshared as (
    {{ visitors_of_too_many('log_ins', 'email') }}
),

given as (
    select
        *,
        lag(email) over (partition by anonymous_id order by occurred_at, event_id) as email_before
    from log_ins
    where anonymous_id not in (select anonymous_id from overshared)
),

-- Who gives another address is somebody else from then on; before the first address it was the first.
changes as (
    select
        anonymous_id,
        email,
        occurred_at,
        row_number() over (partition by anonymous_id order by occurred_at, event_id) as position
    from given
    where email_before is null or email_before <> email
),

final as (
    select
        anonymous_id,
        email,
        case when position = 1 then {{ timestamp_literal('0001-01-01') }} else occurred_at end as known_from,
        coalesce(
            lead(occurred_at) over (partition by anonymous_id order by position),
            {{ timestamp_literal('9999-12-31') }}
        ) as known_until
    from changes
)

select * from final
