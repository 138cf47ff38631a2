with

events as (
    select * from {{ ref('stg_web__events') }}
),

final as (
    select
        'web' as source,
        email as source_record_id,
        min(occurred_at) as created_at,
        max(occurred_at) as updated_at,
        email
    from events
    where email is not null
    group by email
)

select * from final
