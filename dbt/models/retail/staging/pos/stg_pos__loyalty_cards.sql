{{ config(materialized=kept_records()) }}

with

uses as (
    select
        nullif(trim(loyalty_card), '') as loyalty_card,
        email,
        min(sold_at) as first_used_at,
        max(sold_at) as last_used_at
    from {{ source('pos', 'receipt_lines') }}
    where loyalty_card is not null
    group by 1, 2
),

emails as (
    select
        loyalty_card,
        {{ normalise_email('email') }} as email,
        first_used_at,
        last_used_at
    from uses
    where loyalty_card is not null
),

cards as (
    select
        loyalty_card,
        min(first_used_at) as created_at,
        max(last_used_at) as updated_at
    from emails
    group by loyalty_card
),

-- Receipts of the same second may carry different addresses: the first by name, so that it is the same in every run.
newest_email as (
    select
        loyalty_card,
        email
    from emails
    where email is not null
    qualify row_number() over (partition by loyalty_card order by last_used_at desc, email asc) = 1
),

final as (
    select
        'pos' as source,
        cards.loyalty_card as source_record_id,
        cards.created_at,
        cards.updated_at,
        cast(null as string) as first_name,
        cast(null as string) as last_name,
        newest_email.email,
        cast(null as string) as phone,
        cast(null as date) as birth_date,
        cast(null as string) as street,
        cast(null as string) as postcode,
        cast(null as string) as city,
        cast(null as string) as country,
        cards.loyalty_card,
        cast(null as boolean) as email_consent
    from cards
    left join newest_email on cards.loyalty_card = newest_email.loyalty_card
)

select * from final
