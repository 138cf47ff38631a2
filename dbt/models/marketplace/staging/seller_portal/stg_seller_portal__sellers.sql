{{ config(materialized=kept_records()) }}

with

sellers as (
    {{ latest_snapshot(source('seller_portal', 'sellers')) }}
),

located as (
    select
        *,
        {{ normalise_country('country') }} as country_code
    from sellers
),

-- A seller that has left the portal and has sold before. Without a record here its sales would belong
-- to nobody.
stubs as (
    select
        order_lines.seller_id,
        min(order_lines.ordered_at) as created_at,
        max(order_lines.ordered_at) as updated_at
    from {{ source('app', 'order_lines') }} as order_lines
    left join sellers on order_lines.seller_id = sellers.seller_id
    where
        order_lines.seller_id is not null
        and sellers.seller_id is null
    group by order_lines.seller_id
),

final as (
    select
        'seller_portal' as source,
        seller_id as source_record_id,
        registered_at as created_at,
        updated_at,
        cast(null as string) as account_number,
        {{ normalise_name('company_name') }} as company_name,
        nullif(trim(registration_number), '') as registration_number,
        {{ code_key('vat_id') }} as vat_id,
        {{ normalise_name('contact_first_name') }} as first_name,
        {{ normalise_name('contact_last_name') }} as last_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('phone', 'country_code', 'country') }} as phone,
        {{ normalise_name('street') }} as street,
        {{ normalise_postcode('postcode') }} as postcode,
        {{ normalise_name('city') }} as city,
        country_code as country
    from located

    union all

    select
        'seller_portal' as source,
        seller_id as source_record_id,
        created_at,
        updated_at,
        cast(null as string) as account_number,
        cast(null as string) as company_name,
        cast(null as string) as registration_number,
        cast(null as string) as vat_id,
        cast(null as string) as first_name,
        cast(null as string) as last_name,
        cast(null as string) as email,
        cast(null as string) as phone,
        cast(null as string) as street,
        cast(null as string) as postcode,
        cast(null as string) as city,
        cast(null as string) as country
    from stubs
)

select * from final
