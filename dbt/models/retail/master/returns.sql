{{ config(
    materialized='incremental',
    incremental_strategy='replace_keys',
    on_schema_change='fail',
    meta={'replaced': 'returns_matched_again'}
) }}
{%- set changes_only = builds_changes_only() %}
{%- if changes_only %}
{%- do find_returns_to_match() %}
{%- set orders, customers, referred = this.identifier ~ '__orders', this.identifier ~ '__customers', this.identifier ~ '__referred' %}
{%- endif %}
{%- set of_customers = 'lines.customer_id in (select customer_id from ' ~ customers ~ ')' if changes_only else 'true' %}
{%- set referring_again =
    '(lines.source, lines.original_order_id) in (select source, order_id from ' ~ referred ~ ')' if changes_only else 'true'
%}
{%- set of_days = partition_range() | replace('partition_date', 'lines.partition_date') if changes_only else 'true' %}

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
    from {{ ref('transactions') }} as lines
    where
        lines.transaction_type = 'return'
        and ({{ of_days }} or {{ of_customers }} or {{ referring_again }})
),

sales as (
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
        and {{ of_customers }}
    {%- if changes_only %}

    union

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
        and (lines.source, lines.order_id) in (select source, order_id from {{ referred }})
    {%- endif %}
),

referring as (
    select lines.*
    from returned as lines
    where lines.original_order_id is not null and {{ referring_again }}
),

{{ match_returns(
    reference=[('source', 'source'), ('order_id', 'original_order_id'), ('product_code', 'product_code')],
    owner=['customer_id', 'product_code'],
    owners='returned.customer_id in (select customer_id from ' ~ customers ~ ')' if changes_only else 'true'
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
    where
        {{ partition_range() | replace('partition_date', 'returned.partition_date') }}
        or returned.customer_id in (select customer_id from {{ customers }})
        or (returned.source, returned.original_order_id) in (select source, order_id from {{ orders }})
    {%- endif %}
)

select * from final
