{#-
    Makes the temporary tables of what has to be matched again, named after the model:

    __lines      every return line there is
    __orders     orders of which lines have changed and that a return refers to, now or when it was matched
    __customers  customers whose lines have changed, or who take part in a return to such an order
    __sold       what these customers have bought of the products that they have returned
    __referred   those orders, and all that a return of these customers, or of what they bought, refers to

    Only __lines and __sold read all transactions, once each: few lines are returns, and reading them again
    and again was most of what a day cost.
-#}
{% macro find_returns_to_match() -%}
    {%- set lines, orders, customers = returns_table('lines'), returns_table('orders'), returns_table('customers') -%}
    {%- set sold, referred = returns_table('sold'), returns_table('referred') -%}
    {%- set transactions = ref('transactions') -%}
    {%- do run_scratch(
        lines,
        "select transaction_id, source, customer_id, product_code,"
        ~ " original_order_id, transaction_type, unit_price, quantity, occurred_at, partition_date from " ~ transactions
        ~ " where transaction_type = 'return'"
    ) -%}
    {%- do run_scratch(
        orders,
        "select source, key as order_id from " ~ pending_changes()
        ~ " where kind = 'order' and (key in (select original_order_id from " ~ lines
        ~ " where original_order_id is not null)"
        ~ " or key in (select original_order_id from " ~ this ~ " where original_order_id is not null))"
    ) -%}
    {%- do run_scratch(
        customers,
        "select key as customer_id from " ~ pending_keys('customer')
        ~ " as pending union distinct select sales.customer_id from " ~ transactions ~ " as sales inner join " ~ orders
        ~ " as orders on sales.source = orders.source and sales.order_id = orders.order_id"
        ~ " where sales.transaction_type = 'sale' and sales.customer_id is not null"
        ~ " union distinct select returned.customer_id from " ~ lines ~ " as returned inner join " ~ orders
        ~ " as orders on returned.source = orders.source and returned.original_order_id = orders.order_id"
        ~ " where returned.customer_id is not null"
    ) -%}
    {%- do run_scratch(
        sold,
        "select sales.transaction_id, sales.source, sales.customer_id,"
        ~ " sales.order_id, sales.product_code, sales.transaction_type, sales.quantity, sales.occurred_at from "
        ~ transactions ~ " as sales inner join (select customer_id, product_code from " ~ lines
        ~ " where customer_id in (select customer_id from " ~ customers ~ ") group by customer_id, product_code) as returned"
        ~ " on sales.customer_id = returned.customer_id and sales.product_code = returned.product_code"
        ~ " where sales.transaction_type = 'sale'"
    ) -%}
    {%- do run_scratch(
        referred,
        "select source, order_id from " ~ orders
        ~ " union distinct select source, original_order_id from " ~ lines
        ~ " where original_order_id is not null and customer_id in (select customer_id from " ~ customers ~ ")"
        ~ " union distinct select sold.source, sold.order_id from " ~ sold ~ " as sold inner join " ~ lines
        ~ " as returned on sold.source = returned.source and sold.order_id = returned.original_order_id"
    ) -%}
{%- endmacro %}


{#- The sales among transaction lines, as a subquery. -#}
{% macro sales_among(lines) -%}
    (
        select
            transaction_id,
            source,
            customer_id,
            order_id,
            product_code,
            quantity,
            occurred_at
        from {{ lines }}
        where
            transaction_type = 'sale'
            and quantity > 0
    )
{%- endmacro %}


{#- Name of one of these temporary tables. -#}
{% macro returns_table(what) -%}
    {{ return(scratch(this.identifier ~ '__' ~ what)) }}
{%- endmacro %}


{#-
    The transaction IDs of returns on the days to follow, of __customers, or to one of the orders, as a
    subquery. One branch each: of conditions that are joined by or, DuckDB looks up every row in every one.

    returns: relation of return lines.
    orders: one of the temporary tables of orders.
-#}
{% macro returns_concerned(returns, orders) -%}
    (
        select transaction_id from {{ returns }} where {{ days_to_follow() }}
        union all
        select transaction_id from {{ returns }} where customer_id in (select customer_id from {{ returns_table('customers') }})
        union all
        select referring.transaction_id
        from {{ returns }} as referring
        inner join {{ orders }} as orders
            on referring.source = orders.source and referring.original_order_id = orders.order_id
    )
{%- endmacro %}


{#- Of master.returns the rows to be replaced, after find_returns_to_match. -#}
{% macro returns_matched_again(built) -%}
    transaction_id in (
        select transaction_id from {{ returns_concerned(this, returns_table('orders')) }} as concerned
        union all
        select transaction_id from {{ built }}
    )
{%- endmacro %}
