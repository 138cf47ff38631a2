-- Fails if a customer whose facts or records have changed has another number of orders or items, or
-- another gross or returned revenue, than the transactions of the customer.
{{ config(meta={'dagster': {'ref': {'name': 'golden_records'}}}) }}

with

sold as (
    select
        customer_id,
        count(distinct case when transaction_type = 'sale' then source || ':' || coalesce(order_id, '') end)
            as order_count,
        coalesce(sum(case when transaction_type = 'sale' then quantity end), 0) as item_count,
        coalesce(sum(case when transaction_type = 'sale' then amount end), 0) as gross_revenue,
        coalesce(-sum(case when transaction_type = 'return' then amount end), 0) as returned_revenue
    from {{ ref('transactions') }}
    where customer_id is not null and {{ keys_to_check('customer_id', 'customer') }}
    group by customer_id
),

golden as (
    select *
    from {{ ref('golden_records') }}
    where {{ keys_to_check('customer_id', 'customer') }}
)

select
    coalesce(golden.customer_id, sold.customer_id) as customer_id,
    golden.order_count,
    sold.order_count as orders_of_transactions,
    golden.item_count,
    sold.item_count as items_of_transactions,
    golden.gross_revenue,
    sold.gross_revenue as gross_of_transactions,
    golden.returned_revenue,
    sold.returned_revenue as returned_of_transactions
from golden
full join sold on golden.customer_id = sold.customer_id
where
    golden.customer_id is null
    or golden.order_count <> coalesce(sold.order_count, 0)
    or golden.item_count <> coalesce(sold.item_count, 0)
    or golden.gross_revenue <> coalesce(sold.gross_revenue, 0)
    or golden.returned_revenue <> coalesce(sold.returned_revenue, 0)
