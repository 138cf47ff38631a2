-- Warns of IDs of visitors that tie nobody: placeholders on the days that were built, and IDs that belong to
-- too many accounts. A tag writes them by mistake, or a device is used by everybody.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'visitor_log_ins'}}}) }}

with

landed as (
    select
        anonymous_id,
        _partition as partition_date
    from {{ source('web', 'events') }}
),

placeholders as (
    select
        anonymous_id,
        'placeholder' as reason,
        count(*) as times
    from landed
    where {{ days_to_follow() }} and anonymous_id is not null and {{ known_id('anonymous_id') }} is null
    group by anonymous_id
),

overshared as (
    {{ visitors_of_too_many(ref('visitor_log_ins'), "account_source || ':' || account_id") }}
)

select
    anonymous_id,
    reason,
    times
from placeholders

union all

select
    anonymous_id,
    'accounts' as reason,
    accounts as times
from overshared
