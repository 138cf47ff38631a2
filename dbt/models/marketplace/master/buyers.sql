{%- set attributes = declared_entity('buyer').attributes -%}
with

golden as (
    {{ golden_attributes('buyer') }}
),

counts as (
    select
        buyer_id,
        sum(order_count) as order_count,
        sum(item_count) as item_count,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min(first_sale_at) as first_sale_at,
        max(last_sale_at) as last_sale_at
    from {{ ref('buyer_totals') }}
    group by buyer_id
),

amounts as (
    {{ main_currency(ref('buyer_totals'), 'buyer_id') }}
),

final as (
    select
        golden.buyer_id,
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
        counts.first_sale_at as first_order_at,
        counts.last_sale_at as last_order_at,
        cast(coalesce(counts.order_count, 0) as bigint) as order_count,
        cast(coalesce(counts.item_count, 0) as bigint) as item_count,
        amounts.currency,
        cast(coalesce(amounts.currency_count, 0) as bigint) as currency_count,
        coalesce(amounts.gmv, 0) as gmv,
        coalesce(amounts.returned, 0) as refunded,
        coalesce(amounts.gmv - amounts.returned, 0) as net_gmv
    from golden
    inner join {{ parties_of('buyer') }} as parties on golden.buyer_id = parties.buyer_id
    left join counts on golden.buyer_id = counts.buyer_id
    left join amounts on golden.buyer_id = amounts.buyer_id
)

select * from final
