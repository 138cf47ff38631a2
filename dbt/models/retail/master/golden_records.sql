{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    on_schema_change='sync_all_columns',
    meta={'replaced': 'golden_records_changed'}
) }}
{%- set attributes = declared_entity('customer').attributes -%}

with

golden as (
    {{ golden_attributes('customer', only=pending_keys('customer') if builds_changes_only() else none) }}
),

orders as (
    select
        customer_id,
        source,
        order_id,
        max(channel) as channel,
        min(occurred_at) as first_at,
        max(occurred_at) as last_at,
        max(case when transaction_type = 'sale' then 1 else 0 end) as is_purchase,
        min(case when transaction_type = 'sale' then occurred_at end) as first_purchase_at,
        max(case when transaction_type = 'sale' then occurred_at end) as last_purchase_at,
        sum(case when transaction_type = 'sale' then quantity else 0 end) as item_count,
        sum(case when transaction_type = 'sale' then amount else 0 end) as gross_revenue,
        -sum(case when transaction_type = 'return' then amount else 0 end) as returned_revenue
    from {{ ref('transactions') }}
    where
        transaction_type in ('sale', 'return')
        and {% if builds_changes_only() -%}
        customer_id in {{ pending_keys('customer') }}
        {%- else -%}
        customer_id is not null
        {%- endif %}
    group by customer_id, source, order_id
),

purchases as (
    select
        customer_id,
        min(first_at) as first_at,
        max(last_at) as last_at,
        min(first_purchase_at) as first_purchase_at,
        max(last_purchase_at) as last_purchase_at,
        sum(is_purchase) as order_count,
        sum(item_count) as item_count,
        sum(gross_revenue) as gross_revenue,
        sum(returned_revenue) as returned_revenue
    from orders
    group by customer_id
),

channels as (
    select
        customer_id,
        channel,
        count(*) as order_count,
        max(last_purchase_at) as last_purchase_at
    from orders
    where is_purchase = 1 and channel is not null
    group by customer_id, channel
),

-- Where the customer has ordered most often; of several the one that was used last.
preferred_channels as (
    select
        customer_id,
        channel
    from channels
    qualify
        row_number() over (
            partition by customer_id order by order_count desc, last_purchase_at desc, channel asc
        ) = 1
),

final as (
    select
        golden.customer_id,
        {%- for attribute in attributes %}
        golden.{{ attribute.name }},
        golden.{{ attribute.name }}_source,
        {%- endfor %}
        golden.record_count,
        golden.source_count,
        golden.sources,
        golden.identity_confidence,
        least(coalesce(golden.first_record_at, purchases.first_at), coalesce(purchases.first_at, golden.first_record_at)) as first_seen_at,
        greatest(coalesce(golden.last_record_at, purchases.last_at), coalesce(purchases.last_at, golden.last_record_at)) as last_seen_at,
        purchases.first_purchase_at,
        purchases.last_purchase_at,
        preferred_channels.channel as preferred_channel,
        cast(coalesce(purchases.order_count, 0) as bigint) as order_count,
        cast(coalesce(purchases.item_count, 0) as bigint) as item_count,
        cast(coalesce(purchases.gross_revenue, 0) as decimal(18, 4)) as gross_revenue,
        cast(coalesce(purchases.returned_revenue, 0) as decimal(18, 4)) as returned_revenue,
        cast(coalesce(purchases.gross_revenue, 0) - coalesce(purchases.returned_revenue, 0) as decimal(18, 4)) as net_revenue,
        {{ quotient('purchases.gross_revenue', 'purchases.order_count') }} as average_order_value,
        {{ quotient('purchases.returned_revenue', 'purchases.gross_revenue') }} as return_rate
    from golden
    left join purchases on golden.customer_id = purchases.customer_id
    left join preferred_channels on golden.customer_id = preferred_channels.customer_id
)

select * from final
