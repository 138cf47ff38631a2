{#-
    Makes the temporary table of the customers whose returns have to be matched again, and returns its
    name: those whose lines have changed, and those who take part in a return to an order whose lines
    have.
-#}
{% macro customers_to_match() -%}
    {%- set table = this.identifier ~ '__customers' -%}
    {%- set orders = this.identifier ~ '__orders' -%}
    {%- do run_query(
        "create or replace temporary table " ~ orders ~ " as select source, key as order_id from " ~ pending_changes()
        ~ " where kind = 'order' and (key in (select original_order_id from " ~ ref('transactions')
        ~ " where original_order_id is not null and transaction_type = 'return')"
        ~ " or key in (select original_order_id from " ~ this ~ " where original_order_id is not null))"
    ) -%}
    {%- do run_query(
        "create or replace temporary table " ~ table ~ " as select key as customer_id from " ~ pending_keys('customer')
        ~ " as pending union select sales.customer_id from " ~ ref('transactions') ~ " as sales inner join " ~ orders
        ~ " as orders on sales.source = orders.source and sales.order_id = orders.order_id"
        ~ " where sales.transaction_type = 'sale' and sales.customer_id is not null"
        ~ " union select returned.customer_id from " ~ ref('transactions') ~ " as returned inner join " ~ orders
        ~ " as orders on returned.source = orders.source and returned.original_order_id = orders.order_id"
        ~ " where returned.transaction_type = 'return' and returned.customer_id is not null"
    ) -%}
    {{ return(table) }}
{%- endmacro %}


{#- Of master.returns the rows to be replaced, after customers_to_match. -#}
{% macro returns_matched_again(built) -%}
    {{ days_asked_for() }}
    or customer_id in (select customer_id from {{ this.identifier }}__customers)
    or (source, original_order_id) in (select source, order_id from {{ this.identifier }}__orders)
    or transaction_id in (select transaction_id from {{ built }})
{%- endmacro %}


{#- SQL of the sale lines that a return can be tied to, as `lines`, open for further conditions. -#}
{% macro sales_lines() -%}
    select
        lines.transaction_id,
        lines.source,
        lines.customer_id,
        lines.order_id,
        lines.product_code,
        lines.quantity,
        lines.occurred_at
    from {{ ref('transactions') }} as lines
    where
        lines.transaction_type = 'sale'
        and lines.quantity > 0
{%- endmacro %}
