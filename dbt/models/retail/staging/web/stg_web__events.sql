with

events as (
    select * from {{ source('web', 'events') }}
),

final as (
    select
        event_id,
        'web' as source,
        {{ known_id('anonymous_id') }} as anonymous_id,
        '{{ var("web_account_source") }}' as account_source,
        {{ known_id('account_id') }} as account_id,
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
