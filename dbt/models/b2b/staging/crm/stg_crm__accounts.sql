{{ config(materialized=kept_records()) }}

with

accounts as (
    {{ latest_snapshot(source('crm', 'accounts')) }}
),

located as (
    select
        *,
        {{ normalise_country('country') }} as country_code
    from accounts
),

final as (
    select
        'crm' as source,
        account_id as source_record_id,
        created_at,
        updated_at,
        {{ normalise_name('name') }} as company_name,
        {{ normalise_name('registration_number') }} as registration_number,
        {{ normalise_name('vat_id') }} as vat_id,
        {{ normalise_domain('website') }} as domain,
        cast(null as string) as email,
        {{ normalise_phone('phone', 'country_code', 'country') }} as phone,
        {{ normalise_name('street') }} as street,
        {{ normalise_postcode('postcode') }} as postcode,
        {{ normalise_name('city') }} as city,
        country_code as country,
        nullif(trim(parent_account_id), '') as parent_source_record_id,
        cast(null as string) as parent_name
    from located
)

select * from final
