{#-
    Makes the temporary tables of what has to be matched again, named after the model:

    __orders     orders of which lines have changed and that a return refers to, now or when it was matched
    __customers  customers whose lines have changed, or who take part in a return to such an order
    __referred   those orders, and all that a return of these customers, or of what they bought, refers to
-#}
{% macro find_returns_to_match() -%}
    {%- set orders, customers, referred = this.identifier ~ '__orders', this.identifier ~ '__customers', this.identifier ~ '__referred' -%}
    {%- set transactions = ref('transactions') -%}
    {%- do run_query(
        "create or replace temporary table " ~ orders ~ " as select source, key as order_id from " ~ pending_changes()
        ~ " where kind = 'order' and (key in (select original_order_id from " ~ transactions
        ~ " where original_order_id is not null and transaction_type = 'return')"
        ~ " or key in (select original_order_id from " ~ this ~ " where original_order_id is not null))"
    ) -%}
    {%- do run_query(
        "create or replace temporary table " ~ customers ~ " as select key as customer_id from " ~ pending_keys('customer')
        ~ " as pending union select sales.customer_id from " ~ transactions ~ " as sales inner join " ~ orders
        ~ " as orders on sales.source = orders.source and sales.order_id = orders.order_id"
        ~ " where sales.transaction_type = 'sale' and sales.customer_id is not null"
        ~ " union select returned.customer_id from " ~ transactions ~ " as returned inner join " ~ orders
        ~ " as orders on returned.source = orders.source and returned.original_order_id = orders.order_id"
        ~ " where returned.transaction_type = 'return' and returned.customer_id is not null"
    ) -%}
    {%- do run_query(
        "create or replace temporary table " ~ referred ~ " as select source, order_id from " ~ orders
        ~ " union select source, original_order_id from " ~ transactions
        ~ " where transaction_type = 'return' and original_order_id is not null"
        ~ " and customer_id in (select customer_id from " ~ customers ~ ")"
        ~ " union select sales.source, sales.order_id from " ~ transactions ~ " as sales inner join (select distinct source,"
        ~ " original_order_id from " ~ transactions ~ " where transaction_type = 'return' and original_order_id is not null)"
        ~ " as returned on sales.source = returned.source and sales.order_id = returned.original_order_id"
        ~ " where sales.transaction_type = 'sale' and sales.customer_id in (select customer_id from " ~ customers ~ ")"
    ) -%}
{%- endmacro %}


{#- Of master.returns the rows to be replaced, after find_returns_to_match. -#}
{% macro returns_matched_again(built) -%}
    {{ days_asked_for() }}
    or customer_id in (select customer_id from {{ this.identifier }}__customers)
    or (source, original_order_id) in (select source, order_id from {{ this.identifier }}__orders)
    or transaction_id in (select transaction_id from {{ built }})
{%- endmacro %}
