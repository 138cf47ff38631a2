{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    on_schema_change='fail',
    meta={'replaced': 'golden_records_changed'}
) }}
{%- set attributes = var('customer_attributes') -%}
{%- set by_precedence = attributes_by('precedence') -%}
{%- set by_frequency = attributes_by('most_frequent') -%}

with

-- One row per source: its precedence in general and for each attribute that is picked by it.
precedences as (
    select
        source,
        coalesce(min(case when attribute = '*' then precedence end), 99999) as source_precedence
        {%- for attribute in by_precedence %},
        coalesce(
            min(case when attribute = '{{ attribute.name }}' then precedence end),
            min(case when attribute = '*' then precedence end),
            99999
        ) as {{ attribute.name }}_precedence
        {%- endfor %}
    from {{ ref('source_precedence') }}
    group by source
),

records as (
    select
        customer_ids.customer_id,
        lookup.*,
        {%- for attribute in by_precedence %}
        coalesce(precedences.{{ attribute.name }}_precedence, 99999) as {{ attribute.name }}_precedence,
        {%- endfor %}
        row_number() over (
            partition by customer_ids.customer_id
            order by
                lookup.updated_at desc nulls last,
                coalesce(precedences.source_precedence, 99999),
                lookup.source,
                lookup.source_record_id
        ) as record_rank,
        {%- if attributes_by('first_non_null') %}
        row_number() over (
            partition by customer_ids.customer_id
            order by
                lookup.created_at asc nulls last,
                coalesce(precedences.source_precedence, 99999),
                lookup.source,
                lookup.source_record_id
        ) as age_rank,
        {%- endif %}
        case
            when customer_ids.linked_by_rule is null then 1
            else coalesce(link_confidence.confidence, {{ var('default_link_confidence') }})
        end as link_confidence,
        count(*) over (partition by customer_ids.customer_id) as record_count
    from {{ ref('source_lookup') }} as lookup
    inner join {{ source('identity', 'customer_id_map') }} as customer_ids
        on
            lookup.source = customer_ids.source
            and lookup.source_record_id = customer_ids.source_record_id
    left join precedences on lookup.source = precedences.source
    left join {{ ref('link_confidence') }} as link_confidence on customer_ids.linked_by_rule = link_confidence.rule
    {%- if builds_changes_only() %}
    where customer_ids.customer_id in {{ pending_keys('customer') }}
    {%- endif %}
),

golden as (
    select
        customer_id,
        {%- for attribute in attributes %}
        {%- if attribute.group is defined %}
        nullif({{ first_by_rank('coalesce(' ~ attribute.name ~ ", '')", survivorship_rank(attribute), has_value(attribute)) }}, '') as {{ attribute.name }},
        {%- else %}
        {{ first_by_rank(attribute.name, survivorship_rank(attribute), has_value(attribute)) }} as {{ attribute.name }},
        {%- endif %}
        {{ first_by_rank('source', survivorship_rank(attribute), has_value(attribute)) }} as {{ attribute.name }}_source,
        {%- endfor %}
        count(*) as record_count,
        count(distinct source) as source_count,
        {{ distinct_sorted_array('source') }} as sources,
        min(created_at) as first_record_at,
        cast(min(link_confidence) as decimal(5, 4)) as identity_confidence,
        min(created_at) as first_record_at,
        max(updated_at) as last_record_at
    from records
    group by customer_id
),

{%- for attribute in by_frequency %}

-- With fewer than three records the most frequent value is the first by rank, which golden has.
{{ attribute.name }}_counts as (
    select
        customer_id,
        {{ attribute.name }},
        -count(*) * 10000000000 + min(record_rank) as value_rank,
        {{ first_by_rank('source', 'record_rank', attribute.name ~ ' is not null') }} as source
    from records
    where record_count > 2 and {{ attribute.name }} is not null
    group by 1, 2
),

most_frequent_{{ attribute.name }} as (
    select
        customer_id,
        {{ first_by_rank(attribute.name, 'value_rank', 'true') }} as {{ attribute.name }},
        {{ first_by_rank('source', 'value_rank', 'true') }} as {{ attribute.name }}_source
    from {{ attribute.name }}_counts
    group by customer_id
),
{%- endfor %}

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
        {% if builds_changes_only() -%}
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
        {%- if attribute in by_frequency %}
        coalesce(most_frequent_{{ attribute.name }}.{{ attribute.name }}, golden.{{ attribute.name }}) as {{ attribute.name }},
        coalesce(
            most_frequent_{{ attribute.name }}.{{ attribute.name }}_source, golden.{{ attribute.name }}_source
        ) as {{ attribute.name }}_source,
        {%- else %}
        golden.{{ attribute.name }},
        golden.{{ attribute.name }}_source,
        {%- endif %}
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
        cast(purchases.gross_revenue / nullif(purchases.order_count, 0) as decimal(18, 4)) as average_order_value,
        cast(purchases.returned_revenue / nullif(purchases.gross_revenue, 0) as decimal(18, 4)) as return_rate
    from golden
    left join purchases on golden.customer_id = purchases.customer_id
    left join preferred_channels on golden.customer_id = preferred_channels.customer_id
    {%- for attribute in by_frequency %}
    left join most_frequent_{{ attribute.name }} on golden.customer_id = most_frequent_{{ attribute.name }}.customer_id
    {%- endfor %}
)

select * from final
