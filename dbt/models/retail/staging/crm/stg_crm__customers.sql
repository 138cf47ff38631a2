{{ config(materialized=kept_records()) }}

with

customers as (
    {{ latest_snapshot(source('crm', 'customers')) }}
),

-- A phone number without a country code is one of the country of the address.
located as (
    select
        *,
        {{ normalise_country('country') }} as country_code
    from customers
),

final as (
    select
        'crm' as source,
        customer_id as source_record_id,
        created_at,
        updated_at,
        {{ normalise_name('first_name') }} as first_name,
        {{ normalise_name('last_name') }} as last_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('phone', 'country_code', 'country') }} as phone,
        birth_date,
        {{ normalise_name('street') }} as street,
        {{ normalise_postcode('postcode') }} as postcode,
        {{ normalise_name('city') }} as city,
        country_code as country,
        nullif(trim(loyalty_card), '') as loyalty_card,
        email_consent
    from located
)

select * from final
