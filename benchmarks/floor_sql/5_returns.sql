-- Which sale every return undoes: by the order it names, then the latest earlier sales to the customer.

create temp table returned as
select
    transaction_id, source, customer_id, product_code, original_order_id, unit_price,
    -quantity as quantity, occurred_at, partition_date
from master.transactions
where transaction_type = 'return';

create temp table referenced as
with
sold as (
    select
        sales.*, sum(quantity) over pieces as last_piece,
        sum(quantity) over pieces - quantity as first_piece
    from master.transactions as sales
    semi join returned
        on returned.source = sales.source and returned.original_order_id = sales.order_id
    where transaction_type = 'sale' and quantity > 0
    window pieces as (
        partition by source, order_id, product_code order by quantity desc, transaction_id
    )
),

came_back as (
    select
        *, sum(quantity) over pieces as last_piece,
        sum(quantity) over pieces - quantity as first_piece
    from returned
    where original_order_id is not null
    window pieces as (
        partition by source, original_order_id, product_code order by occurred_at, transaction_id
    )
)

select
    came_back.transaction_id, sold.transaction_id as original_transaction_id,
    least(came_back.last_piece, sold.last_piece)
    - greatest(came_back.first_piece, sold.first_piece) as quantity
from came_back
inner join sold
    on
        came_back.source = sold.source and came_back.original_order_id = sold.order_id
        and came_back.product_code = sold.product_code
        and came_back.first_piece < sold.last_piece and sold.first_piece < came_back.last_piece;

create temp table by_customer as
with
open_returns as (
    select returned.* replace (returned.quantity - coalesce(done.quantity, 0) as quantity)
    from returned
    left join (select transaction_id, sum(quantity) as quantity from referenced group by 1) as done
        using (transaction_id)
    where
        returned.quantity > coalesce(done.quantity, 0)
        and customer_id is not null and product_code is not null
),

movements as (
    select
        transaction_id, customer_id, product_code, occurred_at, true as is_sale,
        sales.quantity - coalesce(done.quantity, 0) as quantity
    from master.transactions as sales
    semi join open_returns using (customer_id, product_code)
    left join (
        select original_transaction_id as transaction_id, sum(quantity) as quantity
        from referenced group by 1
    ) as done using (transaction_id)
    where transaction_type = 'sale' and sales.quantity > coalesce(done.quantity, 0)

    union all

    select transaction_id, customer_id, product_code, occurred_at, false, quantity
    from open_returns
),

balances as (
    select
        *, row_number() over in_time as position,
        sum(if(is_sale, quantity, -quantity)) over in_time as balance
    from movements
    window in_time as (
        partition by customer_id, product_code order by occurred_at, is_sale desc, transaction_id
    )
),

heights as (
    select *, balance - least(min(balance) over pile, 0) as height
    from balances
    window pile as (partition by customer_id, product_code order by position)
),

piles as (
    select
        *, coalesce(
            lag(height) over (partition by customer_id, product_code order by position), 0
        ) as bottom
    from heights
)

select
    transaction_id, original_transaction_id,
    least(bottom, top) - greatest(height, sale_bottom) as quantity
from (
    select
        came_back.transaction_id, came_back.height, came_back.bottom,
        earlier.transaction_id as original_transaction_id, earlier.is_sale,
        earlier.bottom as sale_bottom,
        min(earlier.height) over (
            partition by came_back.transaction_id order by earlier.position desc
        ) as top
    from piles as came_back
    inner join piles as earlier using (customer_id, product_code)
    where not came_back.is_sale and earlier.position < came_back.position
)
where is_sale and least(bottom, top) > greatest(height, sale_bottom);

create table master.returns as
with
matched as (
    select *, 'reference' as return_match from referenced
    union all
    select *, 'customer' from by_customer
),

labelled as (
    from matched
    union all
    select
        transaction_id, null, returned.quantity - coalesce(done.quantity, 0), 'unmatched'
    from returned
    left join (select transaction_id, sum(quantity) as quantity from matched group by 1) as done
        using (transaction_id)
    where returned.quantity > coalesce(done.quantity, 0)
)

select
    transaction_id, original_transaction_id, return_match, source, customer_id, product_code,
    original_order_id, labelled.quantity::bigint as quantity,
    cast(labelled.quantity * unit_price as decimal(18, 4)) as amount, occurred_at, partition_date
from labelled
inner join returned using (transaction_id);
