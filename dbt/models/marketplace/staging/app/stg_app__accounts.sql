{{ config(materialized=kept_records()) }}

with

accounts as (
    {{ latest_per_key(source('app', 'accounts'), ['account_id']) }}
),

-- A phone number without a country code is one of the country of the address.
located as (
    select
        *,
        {{ normalise_country('country') }} as country_code
    from accounts
),

-- An account that only orders and refunds know, because the app has deleted or never delivered it.
-- Without a record here its purchases would belong to nobody.
trading_accounts as (
    select
        account_id,
        ordered_at as traded_at
    from {{ source('app', 'order_lines') }}
    where account_id is not null

    union all

    select
        account_id,
        refunded_at as traded_at
    from {{ source('app', 'refunds') }}
    where account_id is not null
),

stubs as (
    select
        trading_accounts.account_id,
        min(trading_accounts.traded_at) as created_at,
        max(trading_accounts.traded_at) as updated_at
    from trading_accounts
    left join {{ source('app', 'accounts') }} as known
        on trading_accounts.account_id = known.account_id
    where known.account_id is null
    group by trading_accounts.account_id
),

final as (
    select
        'app' as source,
        cast(account_id as string) as source_record_id,
        registered_at as created_at,
        updated_at,
        cast(null as string) as account_number,
        {{ normalise_name('first_name') }} as first_name,
        {{ normalise_name('last_name') }} as last_name,
        {{ normalise_email('email') }} as email,
        {{ normalise_phone('phone', 'country_code', 'country') }} as phone,
        birth_date,
        {{ normalise_name('street') }} as street,
        {{ normalise_postcode('postcode') }} as postcode,
        {{ normalise_name('city') }} as city,
        country_code as country,
        {{ code_key('vat_id') }} as vat_id,
        email_consent
    from located

    union all

    select
        'app' as source,
        cast(account_id as string) as source_record_id,
        created_at,
        updated_at,
        cast(null as string) as account_number,
        cast(null as string) as first_name,
        cast(null as string) as last_name,
        cast(null as string) as email,
        cast(null as string) as phone,
        cast(null as date) as birth_date,
        cast(null as string) as street,
        cast(null as string) as postcode,
        cast(null as string) as city,
        cast(null as string) as country,
        cast(null as string) as vat_id,
        cast(null as boolean) as email_consent
    from stubs
)

select * from final
