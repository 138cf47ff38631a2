with

own as (
    select
        account_id,
        currency,
        coalesce(sum(case when transaction_type = 'sale' then amount end), 0) as gross_revenue,
        coalesce(-sum(case when transaction_type = 'return' then amount end), 0) as returned_revenue
    from {{ ref('transactions') }}
    where account_id is not null and transaction_type in ('sale', 'return')
    group by account_id, currency
),

rolled_up as (
    select
        ancestors.ancestor_id as account_id,
        own.currency,
        sum(own.gross_revenue) as gross_revenue,
        sum(own.returned_revenue) as returned_revenue
    from own
    inner join {{ ref('account_ancestors') }} as ancestors on own.account_id = ancestors.account_id
    group by ancestors.ancestor_id, own.currency
),

final as (
    select
        rolled_up.account_id,
        rolled_up.currency,
        cast(coalesce(own.gross_revenue, 0) as decimal(18, 4)) as gross_revenue,
        cast(coalesce(own.returned_revenue, 0) as decimal(18, 4)) as returned_revenue,
        cast(coalesce(own.gross_revenue - own.returned_revenue, 0) as decimal(18, 4)) as net_revenue,
        cast(rolled_up.gross_revenue as decimal(18, 4)) as rolled_up_gross_revenue,
        cast(rolled_up.returned_revenue as decimal(18, 4)) as rolled_up_returned_revenue,
        cast(rolled_up.gross_revenue - rolled_up.returned_revenue as decimal(18, 4)) as rolled_up_net_revenue
    from rolled_up
    left join own
        on
            rolled_up.account_id = own.account_id
            and rolled_up.currency is not distinct from own.currency
)

select * from final
