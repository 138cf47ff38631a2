{{ config(materialized=kept_records()) }}

with

contacts as (
    {{ latest_per_key(source('helpdesk', 'contacts'), ['contact_id']) }}
),

final as (
    select
        'helpdesk' as source,
        contact_id as source_record_id,
        created_at,
        updated_at,
        {{ normalise_name('company_name') }} as company_name,
        {{ code_key('vat_id') }} as vat_id,
        {{ normalise_name('first_name') }} as first_name,
        {{ normalise_name('last_name') }} as last_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('phone') }} as phone,
        {{ normalise_postcode('postcode') }} as postcode
    from contacts
    where role in ('seller', 'both')
)

select * from final
