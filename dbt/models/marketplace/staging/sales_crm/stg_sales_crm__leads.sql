{{ config(materialized=kept_records()) }}

with

leads as (
    {{ latest_per_key(source('sales_crm', 'leads'), ['lead_id']) }}
),

named as (
    select
        *,
        {{ normalise_name('contact_name') }} as full_name
    from leads
),

final as (
    select
        'sales_crm' as source,
        lead_id as source_record_id,
        created_at,
        updated_at,
        {{ normalise_name('company_name') }} as company_name,
        nullif(trim(registration_number), '') as registration_number,
        {{ code_key('vat_id') }} as vat_id,
        -- The first name is the first word.
        case when full_name like '% %' then {{ dbt.split_part('full_name', "' '", 1) }} end as first_name,
        case
            when full_name like '% %' then substr(full_name, {{ dbt.position("' '", 'full_name') }} + 1)
            else full_name
        end as last_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('phone') }} as phone,
        {{ normalise_postcode('postcode') }} as postcode,
        {{ normalise_name('city') }} as city
    from named
)

select * from final
