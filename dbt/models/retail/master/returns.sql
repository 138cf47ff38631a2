{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    on_schema_change='fail',
    meta={'replaced': 'returns_matched_again', 'rows_stay': true}
) }}
{%- set changes_only = builds_changes_only() %}
{%- if changes_only %}
{%- do find_returns_to_match() %}
{%- endif %}
{%- set lines = returns_table('lines') if changes_only else ref('transactions') %}
{%- set concerned =
    'lines.transaction_id in ' ~ returns_concerned(lines, returns_table('referred')) if changes_only else 'true'
%}

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
        and {{ concerned }}
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

{{ match_returns(
    reference=[('source', 'source'), ('order_id', 'original_order_id'), ('product_code', 'product_code')],
    owner=['customer_id', 'product_code'],
    sales=sales_among(ref('transactions')),
    owners='returned.customer_id in (select customer_id from ' ~ returns_table('customers') ~ ')' if changes_only else 'true',
    sales_of_owners=sales_among(returns_table('sold')) if changes_only else none
) }},

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
    where labelled.transaction_id in {{ returns_concerned('returned', returns_table('orders')) }}
    {%- endif %}
)

select * from final
