{%- set attributes = declared_entity('seller').attributes -%}
with

golden as (
    {{ golden_attributes('seller') }}
),

counts as (
    select
        seller_id,
        sum(order_count) as order_count,
        sum(item_count) as item_count,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min(first_sale_at) as first_sale_at,
        max(last_sale_at) as last_sale_at
    from {{ ref('seller_totals') }}
    group by seller_id
),

-- A buyer who has paid in several currencies is one buyer.
customers as (
    select
        seller_id,
        count(distinct buyer_id) as buyer_count
    from {{ ref('transactions') }}
    where transaction_type = 'sale'
    group by seller_id
),

amounts as (
    {{ main_currency(ref('seller_totals'), 'seller_id') }}
),

final as (
    select
        golden.seller_id,
        parties.party_id,
        {%- for attribute in attributes %}
        golden.{{ attribute.name }},
        golden.{{ attribute.name }}_source,
        {%- endfor %}
        golden.record_count,
        golden.source_count,
        golden.sources,
        golden.identity_confidence,
        least(coalesce(golden.first_record_at, counts.first_at), coalesce(counts.first_at, golden.first_record_at)) as first_seen_at,
        greatest(coalesce(golden.last_record_at, counts.last_at), coalesce(counts.last_at, golden.last_record_at)) as last_seen_at,
        counts.first_sale_at,
        counts.last_sale_at,
        cast(coalesce(counts.order_count, 0) as bigint) as order_count,
        cast(coalesce(counts.item_count, 0) as bigint) as item_count,
        cast(coalesce(customers.buyer_count, 0) as bigint) as buyer_count,
        amounts.currency,
        cast(coalesce(amounts.currency_count, 0) as bigint) as currency_count,
        coalesce(amounts.gmv, 0) as gmv,
        coalesce(amounts.returned, 0) as returned,
        {{ quotient('amounts.returned', 'amounts.gmv') }} as return_rate,
        case when amounts.seller_id is null then 0 else amounts.commission end as commission,
        amounts.take_rate,
        case when amounts.seller_id is null then 0 else amounts.seller_payout end as seller_payout
    from golden
    inner join {{ parties_of('seller') }} as parties on golden.seller_id = parties.seller_id
    left join counts on golden.seller_id = counts.seller_id
    left join customers on golden.seller_id = customers.seller_id
    left join amounts on golden.seller_id = amounts.seller_id
)

select * from final
