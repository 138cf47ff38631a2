with

events as (
    select * from {{ source('web', 'events') }}
),

final as (
    select
        event_id,
        'web' as source,
        {{ known_id('anonymous_id') }} as anonymous_id,
        {{ normalise_email('email') }} as email,
        event_type,
        occurred_at,
        url,
        _partition as partition_date
    from events
)

select * from final
