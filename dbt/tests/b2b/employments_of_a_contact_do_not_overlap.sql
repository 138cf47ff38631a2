-- Fails if a contact works at two accounts at once, or if a period ends before it begins: events and
-- contacts would have two accounts.
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
    or is_current <> (valid_to is null)
