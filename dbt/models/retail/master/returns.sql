{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    on_schema_change='fail',
    meta={'replaced': 'returns_matched_again'}
) }}
{%- set changes_only = builds_changes_only() %}
{%- if changes_only %}
{%- do find_returns_to_match() %}
{%- endif %}
{%- set lines = returns_table('lines') if changes_only else ref('transactions') %}
{%- set sold = returns_table('sold') if changes_only else ref('transactions') %}

with

returned as (
    select
        lines.transaction_id,
        lines.source,
        lines.customer_id,
        lines.product_code,
        lines.original_order_id,
        lines.unit_price,
        -lines.quantity as quantity,
        lines.occurred_at,
        lines.partition_date
    from {{ lines }} as lines
    where
        lines.transaction_type = 'return'
        {%- if changes_only %}
        and lines.transaction_id in (
            {{ returns_concerned(lines, returns_table('referred')) }}
        )
        {%- endif %}
),

referring as (
    select returned.*
    from returned
    {%- if changes_only %}
    inner join {{ returns_table('referred') }} as referred
        on
            returned.source = referred.source
            and returned.original_order_id = referred.order_id
    {%- else %}
    where returned.original_order_id is not null
    {%- endif %}
),

referred_orders as (
    select
        source,
        original_order_id as order_id,
        product_code
    from referring
    group by source, original_order_id, product_code
),

-- By reference: the pieces of an order and product, laid out in a row, and the pieces that came back, in the order in
-- which they did.
sold_pieces as (
    select
        sales.transaction_id,
        sales.source,
        sales.order_id,
        sales.product_code,
        sum(sales.quantity) over laid_out - sales.quantity as first_piece,
        sum(sales.quantity) over laid_out as last_piece
    from {{ ref('transactions') }} as sales
    inner join referred_orders
        on
            sales.source = referred_orders.source
            and sales.order_id = referred_orders.order_id
            and sales.product_code = referred_orders.product_code
    where
        sales.transaction_type = 'sale'
        and sales.quantity > 0
    window laid_out as (
        partition by sales.source, sales.order_id, sales.product_code
        order by sales.quantity desc, sales.transaction_id asc
        rows between unbounded preceding and current row
    )
),

returned_pieces as (
    select
        referring.*,
        sum(referring.quantity) over laid_out - referring.quantity as first_piece,
        sum(referring.quantity) over laid_out as last_piece
    from referring
    window laid_out as (
        partition by referring.source, referring.original_order_id, referring.product_code
        order by referring.occurred_at, referring.transaction_id
        rows between unbounded preceding and current row
    )
),

by_reference as (
    select
        returned_pieces.transaction_id,
        sold_pieces.transaction_id as original_transaction_id,
        least(returned_pieces.last_piece, sold_pieces.last_piece)
        - greatest(returned_pieces.first_piece, sold_pieces.first_piece) as quantity
    from returned_pieces
    inner join sold_pieces
        on
            returned_pieces.source = sold_pieces.source
            and returned_pieces.original_order_id = sold_pieces.order_id
            and returned_pieces.product_code = sold_pieces.product_code
            and returned_pieces.first_piece < sold_pieces.last_piece
            and returned_pieces.last_piece > sold_pieces.first_piece
),

referred_sales as (
    select
        original_transaction_id as transaction_id,
        sum(quantity) as quantity
    from by_reference
    group by original_transaction_id
),

referred_returns as (
    select
        transaction_id,
        sum(quantity) as quantity
    from by_reference
    group by transaction_id
),

-- By customer: what is left of both. A product that a customer never returned needs no look.
open_returns as (
    select
        returned.transaction_id,
        returned.customer_id,
        returned.product_code,
        returned.occurred_at,
        returned.quantity - coalesce(referred_returns.quantity, 0) as quantity
    from returned
    left join referred_returns on returned.transaction_id = referred_returns.transaction_id
    where
        returned.customer_id is not null
        {%- if changes_only %}
        and returned.customer_id in (select customer_id from {{ returns_table('customers') }})
        {%- endif %}
        and returned.quantity > coalesce(referred_returns.quantity, 0)
        and returned.product_code is not null
),

returned_products as (
    select
        customer_id,
        product_code
    from open_returns
    group by customer_id, product_code
),

movements as (
    select
        sales.transaction_id,
        sales.customer_id,
        sales.product_code,
        sales.occurred_at,
        1 as is_sale,
        sales.quantity - coalesce(referred_sales.quantity, 0) as quantity
    from {{ sold }} as sales
    inner join returned_products
        on
            sales.customer_id = returned_products.customer_id
            and sales.product_code = returned_products.product_code
    left join referred_sales on sales.transaction_id = referred_sales.transaction_id
    where
        sales.transaction_type = 'sale'
        and sales.quantity > coalesce(referred_sales.quantity, 0)

    union all

    select
        transaction_id,
        customer_id,
        product_code,
        occurred_at,
        0 as is_sale,
        quantity
    from open_returns
),

-- Sales pile up and every return takes from the top of the pile: the latest earlier sale first. The balance is what
-- has been sold less what has come back; the height of the pile is the balance above the lowest that it has been.
balances as (
    select
        *,
        row_number() over in_time as position,
        sum(case when is_sale = 1 then quantity else -quantity end) over in_time as balance
    from movements
    window in_time as (
        partition by customer_id, product_code
        -- What is bought and returned at one moment was bought first.
        order by occurred_at asc, is_sale desc, transaction_id asc
        rows between unbounded preceding and current row
    )
),

heights as (
    select
        *,
        balance - least(
            min(balance) over (
                partition by customer_id, product_code
                order by position
                rows between unbounded preceding and current row
            ),
            0
        ) as height
    from balances
),

piles as (
    select
        *,
        coalesce(lag(height) over (partition by customer_id, product_code order by position), 0) as height_before
    from heights
),

-- What is left of an earlier movement's pieces when a return takes place: up to the lowest that the pile has been
-- since.
left_over as (
    select
        returns.transaction_id,
        returns.height,
        returns.height_before,
        earlier.transaction_id as original_transaction_id,
        earlier.is_sale,
        earlier.height_before as sale_bottom,
        min(earlier.height) over (
            partition by returns.transaction_id
            order by earlier.position desc
            rows between unbounded preceding and current row
        ) as sale_top
    from piles as returns
    inner join piles as earlier
        on
            returns.customer_id = earlier.customer_id
            and returns.product_code = earlier.product_code
            and returns.position > earlier.position
    where returns.is_sale = 0
),

by_customer as (
    select
        transaction_id,
        original_transaction_id,
        least(height_before, sale_top) - greatest(height, sale_bottom) as quantity
    from left_over
    where
        is_sale = 1
        and least(height_before, sale_top) > greatest(height, sale_bottom)
),

matched as (
    select
        transaction_id,
        original_transaction_id,
        quantity,
        'reference' as return_match
    from by_reference

    union all

    select
        transaction_id,
        original_transaction_id,
        quantity,
        'customer' as return_match
    from by_customer
),

matched_returns as (
    select
        transaction_id,
        sum(quantity) as quantity
    from matched
    group by transaction_id
),

labelled as (
    select * from matched

    union all

    select
        returned.transaction_id,
        cast(null as {{ dbt.type_string() }}) as original_transaction_id,
        returned.quantity - coalesce(matched_returns.quantity, 0) as quantity,
        'unmatched' as return_match
    from returned
    left join matched_returns on returned.transaction_id = matched_returns.transaction_id
    where returned.quantity > coalesce(matched_returns.quantity, 0)
),

final as (
    select
        returned.transaction_id,
        labelled.original_transaction_id,
        labelled.return_match,
        returned.source,
        returned.customer_id,
        returned.product_code,
        returned.original_order_id,
        cast(labelled.quantity as bigint) as quantity,
        cast(labelled.quantity * returned.unit_price as decimal(18, 4)) as amount,
        returned.occurred_at,
        returned.partition_date
    from labelled
    inner join returned on labelled.transaction_id = returned.transaction_id
    {%- if changes_only %}
    where
        labelled.transaction_id in (
            {{ returns_concerned('returned', returns_table('orders')) }}
        )
    {%- endif %}
)

select * from final
