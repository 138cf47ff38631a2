-- The golden record of every customer, and what it has bought; its first version in the history.

create table master.golden_records as
with
ranked as (
    select
        lookup.*, customer_id_map.customer_id,
        case
            when linked_by_rule is null then 1
            when linked_by_rule in ('email', 'phone_and_name') then 0.98
            when linked_by_rule = 'name_birth_date_postcode' then 0.97
            when linked_by_rule = 'name_and_address' then 0.95
            else 0.99
        end as confidence,
        row_number() over (
            partition by customer_id
            order by
                updated_at desc nulls last,
                case source
                    when 'crm' then 1 when 'webshop' then 2 when 'support' then 3
                    when 'newsletter' then 4 else 5
                end,
                source, source_record_id
        ) as rank,
        count(*) over (partition by customer_id) as records
    from identity.source_lookup as lookup
    inner join identity.customer_id_map using (source, source_record_id)
),

golden as (
    select
        customer_id,
        min_by(first_name, rank) filter (where first_name is not null) as first_name,
        min_by(source, rank) filter (where first_name is not null) as first_name_source,
        min_by(last_name, rank) filter (where last_name is not null) as last_name,
        min_by(source, rank) filter (where last_name is not null) as last_name_source,
        min_by(email, rank) filter (where email is not null) as email,
        min_by(source, rank) filter (where email is not null) as email_source,
        min_by(phone, rank) filter (where phone is not null) as phone,
        min_by(source, rank) filter (where phone is not null) as phone_source,
        -- Only the CRM knows birth dates, and only the CRM and the tills loyalty cards.
        min_by(birth_date, rank) filter (where birth_date is not null) as birth_date,
        min_by(source, rank) filter (where birth_date is not null) as birth_date_source,
        min_by(
            {'street': street, 'postcode': postcode, 'city': city, 'country': country, 'source': source},
            rank + 1000 * (
                (street is null)::int + (postcode is null)::int + (city is null)::int
                + (country is null)::int
            )
        ) filter (where coalesce(street, postcode, city, country) is not null) as address,
        min_by(loyalty_card, case source when 'pos' then rank else 1000 + rank end)
            filter (where loyalty_card is not null) as loyalty_card,
        case
            when bool_or(source = 'pos') then 'pos'
            when bool_or(loyalty_card is not null) then 'crm'
        end as loyalty_card_source,
        bool_and(email_consent) as email_consent,
        min_by(source, rank + if(email_consent, 1000, 0)) filter (where email_consent is not null)
            as email_consent_source,
        count(*) as record_count,
        count(distinct source) as source_count,
        list_sort(list(distinct source)) as sources,
        min(confidence)::decimal(5, 4) as identity_confidence,
        min(created_at) as first_record_at,
        max(updated_at) as last_record_at
    from ranked
    group by customer_id
),

first_names as (
    select
        customer_id, min_by(first_name, value_rank) as first_name,
        min_by(source, value_rank) as source
    from (
        select
            customer_id, first_name, min_by(source, rank) as source,
            min(rank) - 1000 * count(*) as value_rank
        from ranked
        where records > 2 and first_name is not null
        group by customer_id, first_name
    )
    group by customer_id
),

last_names as (
    select
        customer_id, min_by(last_name, value_rank) as last_name,
        min_by(source, value_rank) as source
    from (
        select
            customer_id, last_name, min_by(source, rank) as source,
            min(rank) - 1000 * count(*) as value_rank
        from ranked
        where records > 2 and last_name is not null
        group by customer_id, last_name
    )
    group by customer_id
),

orders as (
    select
        customer_id, max(channel) as channel, min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        min(occurred_at) filter (where transaction_type = 'sale') as first_purchase_at,
        max(occurred_at) filter (where transaction_type = 'sale') as last_purchase_at,
        sum(quantity) filter (where transaction_type = 'sale') as items,
        sum(amount) filter (where transaction_type = 'sale') as gross,
        -sum(amount) filter (where transaction_type = 'return') as returned
    from master.transactions
    where customer_id is not null
    group by customer_id, source, order_id
),

purchases as (
    select
        customer_id, min(first_at) as first_at, max(last_at) as last_at,
        min(first_purchase_at) as first_purchase_at, max(last_purchase_at) as last_purchase_at,
        count(first_purchase_at) as order_count, sum(items) as items, sum(gross) as gross,
        sum(returned) as returned
    from orders
    group by customer_id
),

channels as (
    select customer_id, channel
    from orders
    where first_purchase_at is not null
    group by customer_id, channel
    qualify
        row_number() over (
            partition by customer_id order by count(*) desc, max(last_purchase_at) desc, channel
        ) = 1
)

select
    customer_id,
    coalesce(first_names.first_name, golden.first_name) as first_name,
    coalesce(first_names.source, first_name_source) as first_name_source,
    coalesce(last_names.last_name, golden.last_name) as last_name,
    coalesce(last_names.source, last_name_source) as last_name_source,
    email, email_source, phone, phone_source, birth_date, birth_date_source,
    address.street as street, address.source as street_source,
    address.postcode as postcode, address.source as postcode_source,
    address.city as city, address.source as city_source,
    address.country as country, address.source as country_source,
    loyalty_card, loyalty_card_source, email_consent, email_consent_source,
    record_count, source_count, sources, identity_confidence,
    least(first_record_at, first_at) as first_seen_at,
    greatest(last_record_at, last_at) as last_seen_at,
    first_purchase_at, last_purchase_at, channel as preferred_channel,
    coalesce(order_count, 0) as order_count, coalesce(items, 0)::bigint as item_count,
    coalesce(gross, 0)::decimal(18, 4) as gross_revenue,
    coalesce(returned, 0)::decimal(18, 4) as returned_revenue,
    cast(coalesce(gross, 0) - coalesce(returned, 0) as decimal(18, 4)) as net_revenue,
    cast(gross / nullif(order_count, 0) as decimal(18, 4)) as average_order_value,
    cast(coalesce(returned, 0) / nullif(gross, 0) as decimal(18, 4)) as return_rate
from golden
left join purchases using (customer_id)
left join channels using (customer_id)
left join first_names using (customer_id)
left join last_names using (customer_id);

create table master.customer_changes as
select *, now()::timestamp as valid_from, false as is_deleted
from master.golden_records;

create table master.customer_records as
select source, source_record_id, customer_id
from identity.source_lookup
inner join identity.customer_id_map using (source, source_record_id);
