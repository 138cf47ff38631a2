{{ config(materialized=kept_records()) }}

with

registrations as (
    {{ latest_per_key(source('webinar', 'registrations'), ['registration_id']) }}
),

located as (
    select
        *,
        {{ normalise_country('country') }} as country_code
    from registrations
),

final as (
    select
        'webinar' as source,
        registration_id as source_record_id,
        registered_at as created_at,
        registered_at as updated_at,
        {{ normalise_name('first_name') }} as first_name,
        {{ normalise_name('last_name') }} as last_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('phone', 'country_code') }} as phone,
        {{ normalise_name('company_name') }} as company_name
    from located
)

select * from final
