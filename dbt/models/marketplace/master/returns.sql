with

returned as (
    select
        transaction_id,
        source,
        buyer_id,
        seller_id,
        product_code,
        original_transaction_id,
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
        buyer_id,
        seller_id,
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
    where original_transaction_id is not null
),

{{ match_returns(
    reference=[('transaction_id', 'original_transaction_id')],
    owner=['buyer_id', 'seller_id', 'product_code']
) }},

final as (
    select
        returned.transaction_id,
        labelled.original_transaction_id,
        labelled.return_match,
        returned.source,
        returned.buyer_id,
        returned.seller_id,
        returned.product_code,
        cast(labelled.quantity as bigint) as quantity,
        cast(labelled.quantity * returned.unit_price as decimal(18, 4)) as amount,
        returned.currency,
        returned.occurred_at,
        returned.partition_date
    from labelled
    inner join returned on labelled.transaction_id = returned.transaction_id
)

select * from final
