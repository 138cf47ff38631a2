{{ config(materialized=kept_records()) }}

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
        cast(null as string) as first_name,
        cast(null as string) as last_name,
        email,
        cast(null as string) as phone,
        cast(null as string) as company_name
    from events
    where email is not null
    group by email
)

select * from final
