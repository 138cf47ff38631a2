with

days as (
    select
        -- When it happened: a full extract delivers the orders of years on one day.
        cast(occurred_at as date) as occurred_on,
        currency,
        cast(
            count(distinct case when transaction_type = 'sale' then source || ':' || order_id end) as bigint
        ) as order_count,
        cast(sum(case when transaction_type = 'sale' then quantity else 0 end) as bigint) as item_count,
        cast(count(distinct case when transaction_type = 'sale' then buyer_id end) as bigint) as buyer_count,
        cast(count(distinct case when transaction_type = 'sale' then seller_id end) as bigint) as seller_count,
        cast(sum(case when transaction_type = 'sale' then amount else 0 end) as decimal(18, 4)) as gmv,
        cast(-sum(case when transaction_type = 'return' then amount else 0 end) as decimal(18, 4)) as returned,
        cast(sum(amount) as decimal(18, 4)) as net_amount,
        {{ commission_totals() }},
        cast(sum(shipping) as decimal(18, 4)) as shipping
    from {{ ref('transactions') }}
    group by cast(occurred_at as date), currency
),

final as (
    select * from days
)

select * from final
