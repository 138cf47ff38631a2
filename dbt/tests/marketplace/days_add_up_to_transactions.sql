-- Fails if the days of the marketplace don't add up to its transactions, in every currency.
{{ config(meta={'dagster': {'ref': {'name': 'marketplace_days'}}}) }}

with

days as (
    select
        currency,
        sum(net_amount) as net_amount,
        sum(gmv) as gmv,
        sum(commission) as commission
    from {{ ref('marketplace_days') }}
    group by currency
),

lines as (
    select
        currency,
        sum(amount) as net_amount,
        sum(case when transaction_type = 'sale' then amount else 0 end) as gmv,
        coalesce(sum(commission), 0) as commission
    from {{ ref('transactions') }}
    group by currency
)

select coalesce(days.currency, lines.currency) as currency
from days
full join lines on days.currency = lines.currency
where
    days.net_amount is distinct from lines.net_amount
    or days.gmv is distinct from lines.gmv
    or days.commission is distinct from lines.commission
