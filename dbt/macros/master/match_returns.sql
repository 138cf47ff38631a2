{#-
    CTEs that find the sales which returns undo, from `referred_sales` to `labelled`: one row per return, sale
    that it undoes, and how that was found (return_match: reference, customer, unmatched), with the pieces.

    Needs the CTE `returned` with transaction_id, quantity (above 0), occurred_at and the columns named below,
    and `referring`: the rows of `returned` that name a sale.

    reference: pairs of a column of sales and the column of returns that names it, such as the order.
    owner: what a return without a reference has in common with its sale, the ID of who bought it first.
    sales: relation of the sales with the same columns, a CTE or a subquery.
    owners: SQL of whose returns are looked for by owner.
    sales_of_owners: relation of what these have bought; by default all sales.
-#}
{% macro match_returns(reference, owner, sales='sales', owners='true', sales_of_owners=none) -%}
referred_orders as (
    select distinct
        {%- for sold, returned in reference %}
        {{ returned }} as {{ sold }}{{ ',' if not loop.last }}
        {%- endfor %}
    from referring
),

-- By reference: the pieces of an order and product, laid out in a row, and the pieces that came back, in the order in
-- which they did.
sold_pieces as (
    select
        sales.transaction_id,
        {%- for sold, returned in reference if sold != 'transaction_id' %}
        sales.{{ sold }},
        {%- endfor %}
        (sum(sales.quantity) over laid_out) - sales.quantity as first_piece,
        sum(sales.quantity) over laid_out as last_piece
    from {{ sales }} as sales
    inner join referred_orders
        on
            {%- for sold, returned in reference %}
            {{ 'and ' if not loop.first }}sales.{{ sold }} = referred_orders.{{ sold }}
            {%- endfor %}
    window laid_out as (
        partition by {% for sold, returned in reference %}sales.{{ sold }}{{ ', ' if not loop.last }}{% endfor %}
        order by sales.quantity desc, sales.transaction_id asc
        rows between unbounded preceding and current row
    )
),

returned_pieces as (
    select
        referring.*,
        (sum(referring.quantity) over laid_out) - referring.quantity as first_piece,
        sum(referring.quantity) over laid_out as last_piece
    from referring
    window laid_out as (
        partition by {% for sold, returned in reference %}referring.{{ returned }}{{ ', ' if not loop.last }}{% endfor %}
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
            {%- for sold, returned in reference %}
            {{ 'and ' if not loop.first }}returned_pieces.{{ returned }} = sold_pieces.{{ sold }}
            {%- endfor %}
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
        {%- for column in owner %}
        returned.{{ column }},
        {%- endfor %}
        returned.occurred_at,
        returned.quantity - coalesce(referred_returns.quantity, 0) as quantity
    from returned
    left join referred_returns on returned.transaction_id = referred_returns.transaction_id
    where
        returned.quantity > coalesce(referred_returns.quantity, 0)
        {%- for column in owner %}
        and returned.{{ column }} is not null
        {%- endfor %}
        and {{ owners }}
),

returned_products as (
    select distinct {{ owner | join(', ') }}
    from open_returns
),

movements as (
    select
        sales.transaction_id,
        {%- for column in owner %}
        sales.{{ column }},
        {%- endfor %}
        sales.occurred_at,
        1 as is_sale,
        sales.quantity - coalesce(referred_sales.quantity, 0) as quantity
    from {{ sales_of_owners or sales }} as sales
    inner join returned_products
        on
            {%- for column in owner %}
            {{ 'and ' if not loop.first }}sales.{{ column }} = returned_products.{{ column }}
            {%- endfor %}
    left join referred_sales on sales.transaction_id = referred_sales.transaction_id
    where sales.quantity > coalesce(referred_sales.quantity, 0)

    union all

    select
        transaction_id,
        {{ owner | join(', ') }},
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
        partition by {{ owner | join(', ') }}
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
                partition by {{ owner | join(', ') }}
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
        coalesce(lag(height) over (partition by {{ owner | join(', ') }} order by position), 0) as height_before
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
            {%- for column in owner %}
            {{ 'and ' if not loop.first }}returns.{{ column }} = earlier.{{ column }}
            {%- endfor %}
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
)
{%- endmacro %}
