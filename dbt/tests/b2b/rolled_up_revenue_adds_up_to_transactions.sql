-- Fails if the roll-up over all ultimate parents, or the accounts' own amounts, are not the sales and
-- returns of the transactions that have an account, in each currency: an amount was lost or counted twice.
{{ config(meta={'dagster': {'ref': {'name': 'account_revenue'}}}) }}

with

transactions as (
    select
        currency,
        coalesce(sum(case when transaction_type = 'sale' then amount end), 0) as gross_revenue,
        coalesce(-sum(case when transaction_type = 'return' then amount end), 0) as returned_revenue
    from {{ ref('transactions') }}
    where account_id is not null and transaction_type in ('sale', 'return')
    group by currency
),

revenue as (
    select
        revenue.currency,
        sum(revenue.gross_revenue) as gross_revenue,
        sum(revenue.returned_revenue) as returned_revenue,
        coalesce(sum(case when hierarchy.depth = 0 then revenue.rolled_up_gross_revenue end), 0) as rolled_up_gross,
        coalesce(sum(case when hierarchy.depth = 0 then revenue.rolled_up_returned_revenue end), 0)
            as rolled_up_returned
    from {{ ref('account_revenue') }} as revenue
    inner join {{ ref('account_hierarchy') }} as hierarchy on revenue.account_id = hierarchy.account_id
    group by revenue.currency
)

select
    coalesce(transactions.currency, revenue.currency) as currency,
    transactions.gross_revenue as sold,
    revenue.gross_revenue as own,
    revenue.rolled_up_gross,
    transactions.returned_revenue as returned,
    revenue.returned_revenue as own_returned,
    revenue.rolled_up_returned
from transactions
full join revenue on transactions.currency is not distinct from revenue.currency
where
    transactions.gross_revenue is distinct from revenue.gross_revenue
    or transactions.gross_revenue is distinct from revenue.rolled_up_gross
    or transactions.returned_revenue is distinct from revenue.returned_revenue
    or transactions.returned_revenue is distinct from revenue.rolled_up_returned
