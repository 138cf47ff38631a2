-- Fails if the account of a visitor that was built is unknown for some time, or if there are two at a
-- time: events would be lost or doubled.
{{ config(meta={'dagster': {'ref': {'name': 'visitor_accounts'}}}) }}

with

periods as (
    select
        *,
        lag(known_until) over (partition by anonymous_id order by known_from) as previous_until,
        lead(known_from) over (partition by anonymous_id order by known_from) as next_from
    from {{ ref('visitor_accounts') }}
    where {{ keys_to_check('anonymous_id', 'visitor') }}
)

select *
from periods
where
    known_from >= known_until
    or known_from <> coalesce(previous_until, {{ timestamp_literal('0001-01-01') }})
    or known_until <> coalesce(next_from, {{ timestamp_literal('9999-12-31') }})
