{#-
    SQL of which sale every return undoes: one row per line of a return and line of a sale that it undoes,
    and one for the pieces that stay unmatched. First by reference, where the return names its order;
    then by party: the latest earlier sales of the product to it. A sale never takes back more than was
    sold.

    party: who buys and returns, whose ID transactions have: customer, buyer, account.
    again: where only some are matched again, the names of the tables of their `orders`, `parties` and
        `referred` orders; without it all are.
-#}
{% macro matched_returns(party, again=none) -%}
    {%- set of_parties = 'lines.' ~ party ~ '_id in (select ' ~ party ~ '_id from ' ~ again.parties ~ ')' if again else 'true' %}
    {%- set referring_again =
        '(lines.source, lines.original_order_id) in (select source, order_id from ' ~ again.referred ~ ')' if again else 'true'
    %}
    {%- set of_days = partition_range() | replace('partition_date', 'lines.partition_date') if again else 'true' %}
    with

    returned as (
        select
            lines.transaction_id,
            lines.source,
            lines.{{ party }}_id,
            lines.product_code,
            lines.original_order_id,
            lines.unit_price,
            -lines.quantity as quantity,
            lines.occurred_at,
            lines.partition_date
        from {{ ref('transactions') }} as lines
        where
            lines.transaction_type = 'return'
            and ({{ of_days }} or {{ of_parties }} or {{ referring_again }})
    ),

    sales as (
        select
            lines.transaction_id,
            lines.source,
            lines.{{ party }}_id,
            lines.order_id,
            lines.product_code,
            lines.quantity,
            lines.occurred_at
        from {{ ref('transactions') }} as lines
        where
            lines.transaction_type = 'sale'
            and lines.quantity > 0
            and {{ of_parties }}
        {%- if again %}

        union

        select
            lines.transaction_id,
            lines.source,
            lines.{{ party }}_id,
            lines.order_id,
            lines.product_code,
            lines.quantity,
            lines.occurred_at
        from {{ ref('transactions') }} as lines
        where
            lines.transaction_type = 'sale'
            and lines.quantity > 0
            and (lines.source, lines.order_id) in (select source, order_id from {{ again.referred }})
        {%- endif %}
    ),

    referring as (
        select lines.*
        from returned as lines
        where lines.original_order_id is not null and {{ referring_again }}
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
            sales.*,
            sum(sales.quantity) over laid_out - sales.quantity as first_piece,
            sum(sales.quantity) over laid_out as last_piece
        from sales
        inner join referred_orders
            on
                sales.source = referred_orders.source
                and sales.order_id = referred_orders.order_id
                and sales.product_code = referred_orders.product_code
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

    -- By party: what is left of both. A product that a party never returned needs no look.
    open_returns as (
        select
            returned.transaction_id,
            returned.{{ party }}_id,
            returned.product_code,
            returned.occurred_at,
            returned.quantity - coalesce(referred_returns.quantity, 0) as quantity
        from returned
        left join referred_returns on returned.transaction_id = referred_returns.transaction_id
        where
            returned.{{ party }}_id is not null
            {%- if again %}
            and returned.{{ party }}_id in (select {{ party }}_id from {{ again.parties }})
            {%- endif %}
            and returned.quantity > coalesce(referred_returns.quantity, 0)
            and returned.product_code is not null
    ),

    returned_products as (
        select
            {{ party }}_id,
            product_code
        from open_returns
        group by {{ party }}_id, product_code
    ),

    movements as (
        select
            sales.transaction_id,
            sales.{{ party }}_id,
            sales.product_code,
            sales.occurred_at,
            1 as is_sale,
            sales.quantity - coalesce(referred_sales.quantity, 0) as quantity
        from sales
        inner join returned_products
            on
                sales.{{ party }}_id = returned_products.{{ party }}_id
                and sales.product_code = returned_products.product_code
        left join referred_sales on sales.transaction_id = referred_sales.transaction_id
        where sales.quantity > coalesce(referred_sales.quantity, 0)

        union all

        select
            transaction_id,
            {{ party }}_id,
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
            partition by {{ party }}_id, product_code
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
                    partition by {{ party }}_id, product_code
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
            coalesce(lag(height) over (partition by {{ party }}_id, product_code order by position), 0) as height_before
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
                returns.{{ party }}_id = earlier.{{ party }}_id
                and returns.product_code = earlier.product_code
                and returns.position > earlier.position
        where returns.is_sale = 0
    ),

    by_party as (
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
            '{{ party }}' as return_match
        from by_party
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
            returned.{{ party }}_id,
            returned.product_code,
            returned.original_order_id,
            cast(labelled.quantity as bigint) as quantity,
            cast(labelled.quantity * returned.unit_price as decimal(18, 4)) as amount,
            returned.occurred_at,
            returned.partition_date
        from labelled
        inner join returned on labelled.transaction_id = returned.transaction_id
        {%- if again %}
        where
            {{ partition_range() | replace('partition_date', 'returned.partition_date') }}
            or returned.{{ party }}_id in (select {{ party }}_id from {{ again.parties }})
            or (returned.source, returned.original_order_id) in (select source, order_id from {{ again.orders }})
        {%- endif %}
    )

    select * from final
{%- endmacro %}
