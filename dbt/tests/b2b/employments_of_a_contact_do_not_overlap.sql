-- Fails if a contact works at two accounts at once, if a period ends before it begins, or if another one
-- than that of the day of the run counts as current: events and contacts would have two accounts, or a
-- wrong one.
{{ config(meta={'dagster': {'ref': {'name': 'employments'}}}) }}

with

ordered as (
    select
        *,
        lead(valid_from) over (partition by contact_id order by valid_from) as next_from
    from {{ ref('employments') }}
)

select *
from ordered
where
    valid_to <= valid_from
    or (next_from is not null and (valid_to is null or valid_to > next_from))
    or is_current <> (
        valid_from <= cast({{ run_moment() }} as date)
        and (valid_to is null or valid_to > cast({{ run_moment() }} as date))
    )
