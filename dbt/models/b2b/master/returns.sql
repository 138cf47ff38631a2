with

returned as (
    select
        transaction_id,
        source,
        account_id,
        product_code,
        original_order_id,
        unit_price,
        currency,
        -quantity as quantity,
        occurred_at,
        partition_date
    from {{ ref('transactions') }}
    where transaction_type = 'return'
),

sales as (
    select
        transaction_id,
        source,
        account_id,
        order_id,
        product_code,
        quantity,
        occurred_at
    from {{ ref('transactions') }}
    where
        transaction_type = 'sale'
        and quantity > 0
),

referring as (
    select * from returned
    where original_order_id is not null
),

{{ match_returns(
    reference=[('source', 'source'), ('order_id', 'original_order_id'), ('product_code', 'product_code')],
    owner=['account_id', 'product_code']
) }},

final as (
    select
        returned.transaction_id,
        labelled.original_transaction_id,
        case labelled.return_match when 'customer' then 'account' else labelled.return_match end as return_match,
        returned.source,
        returned.account_id,
        returned.product_code,
        returned.original_order_id,
        cast(labelled.quantity as bigint) as quantity,
        cast(labelled.quantity * returned.unit_price as decimal(18, 4)) as amount,
        returned.currency,
        returned.occurred_at,
        returned.partition_date
    from labelled
    inner join returned on labelled.transaction_id = returned.transaction_id
)

select * from final
