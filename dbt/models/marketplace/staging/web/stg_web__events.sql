with

events as (
    select * from {{ source('web', 'events') }}
),

final as (
    select
        event_id,
        'web' as source,
        {{ known_id('anonymous_id') }} as anonymous_id,
        case when site = 'portal' then 'seller' else 'buyer' end as role,
        case when site = 'portal' then 'seller_portal' else 'app' end as record_source,
        {{ known_id("case when site = 'portal' then seller_id else cast(account_id as string) end") }} as source_record_id,
        event_type,
        occurred_at,
        url,
        utm_source,
        utm_campaign,
        case when event_type = 'purchase' then {{ json_text('properties', 'invoice_no') }} end as order_id,
        cast(properties as string) as properties,
        _partition as partition_date
    from events
)

select * from final
