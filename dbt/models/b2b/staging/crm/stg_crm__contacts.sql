{{ config(materialized=kept_records()) }}

with

contacts as (
    {{ latest_snapshot(source('crm', 'contacts')) }}
),

accounts as (
    select * from {{ ref('stg_crm__accounts') }}
),

final as (
    select
        'crm' as source,
        contacts.contact_id as source_record_id,
        contacts.created_at,
        contacts.updated_at,
        {{ normalise_name('contacts.first_name') }} as first_name,
        {{ normalise_name('contacts.last_name') }} as last_name,
        {{ normalise_email('contacts.email') }} as email,
        {{ normalise_phone('contacts.phone', 'accounts.country') }} as phone,
        accounts.company_name
    from contacts
    left join accounts on contacts.account_id = accounts.source_record_id
)

select * from final
