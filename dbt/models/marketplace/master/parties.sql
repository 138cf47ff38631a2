{%- set attributes = declared_entity('party').attributes %}

with

golden as (
    {{ golden_attributes('party') }}
),

buyers as (
    select * from {{ parties_of('buyer') }} as of_buyers
),

sellers as (
    select * from {{ parties_of('seller') }} as of_sellers
),

buyer_ids as (
    select
        party_id,
        count(*) as buyer_id_count
    from buyers
    group by party_id
),

seller_ids as (
    select
        party_id,
        count(*) as seller_id_count
    from sellers
    group by party_id
),

-- By currency: what the party has bought and what it has sold, as amounts are never summed over currencies.
trade as (
    select
        buyers.party_id,
        totals.currency,
        totals.order_count,
        totals.gmv as bought,
        cast(0 as decimal(18, 4)) as sold
    from {{ ref('buyer_totals') }} as totals
    inner join buyers on totals.buyer_id = buyers.buyer_id

    union all

    select
        sellers.party_id,
        totals.currency,
        totals.order_count,
        cast(0 as decimal(18, 4)) as bought,
        totals.gmv as sold
    from {{ ref('seller_totals') }} as totals
    inner join sellers on totals.seller_id = sellers.seller_id
),

party_totals as (
    select
        party_id,
        currency,
        sum(order_count) as order_count,
        sum(bought) as bought,
        sum(sold) as sold
    from trade
    group by party_id, currency
),

amounts as (
    {{ main_currency('party_totals', 'party_id') }}
),

self_dealing as (
    select
        buyers.party_id,
        count(distinct transactions.source || ':' || transactions.order_id) as order_count
    from {{ ref('transactions') }} as transactions
    inner join buyers on transactions.buyer_id = buyers.buyer_id
    inner join sellers on transactions.seller_id = sellers.seller_id
    where
        transactions.transaction_type = 'sale'
        and buyers.party_id = sellers.party_id
    group by buyers.party_id
),

final as (
    select
        golden.party_id,
        {%- for attribute in attributes %}
        golden.{{ attribute.name }},
        golden.{{ attribute.name }}_source,
        {%- endfor %}
        golden.record_count,
        golden.identity_confidence,
        golden.first_record_at,
        golden.last_record_at,
        buyer_ids.party_id is not null as is_buyer,
        seller_ids.party_id is not null as is_seller,
        cast(coalesce(buyer_ids.buyer_id_count, 0) as bigint) as buyer_id_count,
        cast(coalesce(seller_ids.seller_id_count, 0) as bigint) as seller_id_count,
        amounts.currency,
        cast(coalesce(amounts.currency_count, 0) as bigint) as currency_count,
        cast(coalesce(amounts.bought, 0) as decimal(18, 4)) as bought,
        cast(coalesce(amounts.sold, 0) as decimal(18, 4)) as sold,
        cast(coalesce(self_dealing.order_count, 0) as bigint) as self_dealing_order_count,
        coalesce(self_dealing.order_count, 0) > 0 as is_self_dealing
    from golden
    left join buyer_ids on golden.party_id = buyer_ids.party_id
    left join seller_ids on golden.party_id = seller_ids.party_id
    left join amounts on golden.party_id = amounts.party_id
    left join self_dealing on golden.party_id = self_dealing.party_id
)

select * from final
