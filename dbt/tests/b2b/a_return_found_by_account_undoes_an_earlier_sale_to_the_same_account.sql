-- Fails if a return that names no invoice is tied to a sale to another account, or to a later one.
{{ config(meta={'dagster': {'ref': {'name': 'returns'}}}) }}

select
    returns.*,
    sales.account_id as sold_to,
    sales.occurred_at as sold_at
from {{ ref('returns') }} as returns
inner join {{ ref('transactions') }} as sales on returns.original_transaction_id = sales.transaction_id
where
    returns.return_match = 'account'
    and (
        returns.account_id is distinct from sales.account_id
        or returns.occurred_at < sales.occurred_at
    )
