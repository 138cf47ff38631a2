{{ config(materialized=kept_records()) }}

with

subscribers as (
    {{ latest_per_key(source('newsletter', 'subscribers'), ['subscriber_id']) }}
),

final as (
    select
        'newsletter' as source,
        subscriber_id as source_record_id,
        subscribed_at as created_at,
        updated_at,
        {{ normalise_name('first_name') }} as first_name,
        {{ normalise_name('last_name') }} as last_name,
        {{ normalise_email('email') }} as email,
        cast(null as string) as phone,
        cast(null as date) as birth_date,
        cast(null as string) as street,
        {{ normalise_postcode('postcode') }} as postcode,
        cast(null as string) as city,
        cast(null as string) as country,
        cast(null as string) as loyalty_card,
        status = 'subscribed' as email_consent
    from subscribers
)

select * from final
