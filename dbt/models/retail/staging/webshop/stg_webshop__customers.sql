{{ config(materialized=kept_records()) }}

with

accounts as (
    {{ latest_per_key(source('webshop', 'customers'), ['customer_id']) }}
),

-- A phone number without a country code is one of the country of the address.
located as (
    select
        *,
        {{ normalise_country('country') }} as country_code
    from accounts
),

-- An account that only order lines know, because the shop has deleted or never delivered it. Without
-- a record here its purchases would belong to nobody.
ordering_accounts as (
    select
        CustomerID as customer_id,
        min(InvoiceDate) as created_at,
        max(InvoiceDate) as updated_at,
        max(Country) as country
    from {{ source('webshop', 'order_lines') }}
    where CustomerID is not null
    group by CustomerID
),

stubs as (
    select ordering_accounts.*
    from ordering_accounts
    left join {{ source('webshop', 'customers') }} as known
        on ordering_accounts.customer_id = known.customer_id
    where known.customer_id is null
),

final as (
    select
        'webshop' as source,
        cast(customer_id as string) as source_record_id,
        registered_at as created_at,
        updated_at,
        {{ normalise_name('first_name') }} as first_name,
        {{ normalise_name('last_name') }} as last_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('phone', 'country_code', 'country') }} as phone,
        cast(null as date) as birth_date,
        {{ normalise_name('street') }} as street,
        {{ normalise_postcode('postcode') }} as postcode,
        {{ normalise_name('city') }} as city,
        country_code as country,
        cast(null as string) as loyalty_card,
        cast(null as boolean) as email_consent
    from located

    union all

    select
        'webshop' as source,
        cast(customer_id as string) as source_record_id,
        created_at,
        updated_at,
        cast(null as string) as first_name,
        cast(null as string) as last_name,
        cast(null as string) as email,
        cast(null as string) as phone,
        cast(null as date) as birth_date,
        cast(null as string) as street,
        cast(null as string) as postcode,
        cast(null as string) as city,
        {{ normalise_country('country') }} as country,
        cast(null as string) as loyalty_card,
        cast(null as boolean) as email_consent
    from stubs
)

select * from final
