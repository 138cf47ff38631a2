-- Fails if the GMV, returns, commission or payout of all sellers are not those of the transactions that have
-- a seller, in every currency.
{{ config(meta={'dagster': {'ref': {'name': 'seller_totals'}}}) }}

with

totals as (
    select
        currency,
        sum(gmv) as gmv,
        sum(returned) as returned,
        sum(commission) as commission,
        sum(seller_payout) as seller_payout
    from {{ ref('seller_totals') }}
    group by currency
),

lines as (
    select
        currency,
        sum(case when transaction_type = 'sale' then amount else 0 end) as gmv,
        -sum(case when transaction_type = 'return' then amount else 0 end) as returned,
        coalesce(sum(commission), 0) as commission,
        coalesce(sum(seller_payout), 0) as seller_payout
    from {{ ref('transactions') }}
    where seller_id is not null
    group by currency
)

select coalesce(totals.currency, lines.currency) as currency
from totals
full join lines on totals.currency = lines.currency
where
    totals.gmv is distinct from lines.gmv
    or totals.returned is distinct from lines.returned
    or totals.commission is distinct from lines.commission
    or totals.seller_payout is distinct from lines.seller_payout
