{{ config(materialized=kept_records()) }}

with

debtors as (
    {{ latest_per_key(source('erp', 'debtors'), ['debtor_number']) }}
),

final as (
    select
        'erp' as source,
        cast(debtor_number as string) as source_record_id,
        created_at,
        updated_at,
        {{ normalise_name('company_name') }} as company_name,
        {{ normalise_name('registration_number') }} as registration_number,
        {{ normalise_name('vat_id') }} as vat_id,
        cast(null as string) as domain,
        {{ normalise_email('email') }} as email,
        cast(null as string) as phone,
        {{ normalise_name('street') }} as street,
        {{ normalise_postcode('postcode') }} as postcode,
        {{ normalise_name('city') }} as city,
        {{ normalise_country('country') }} as country,
        cast(head_office as string) as parent_source_record_id,
        cast(null as string) as parent_name
    from debtors
)

select * from final
