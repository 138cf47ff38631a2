{{ config(materialized=kept_records()) }}

with

contacts as (
    {{ latest_per_key(source('support', 'contacts'), ['contact_id']) }}
),

final as (
    select
        'support' as source,
        contact_id as source_record_id,
        created_at,
        updated_at,
        {{ normalise_name('first_name') }} as first_name,
        {{ normalise_name('last_name') }} as last_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('phone') }} as phone,
        cast(null as date) as birth_date,
        cast(null as string) as street,
        {{ normalise_postcode('postcode') }} as postcode,
        cast(null as string) as city,
        cast(null as string) as country,
        cast(null as string) as loyalty_card,
        cast(null as boolean) as email_consent
    from contacts
)

select * from final
