{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    on_schema_change='fail',
    tags=['facts']
) }}

{%- set days = partitions_to_build(stale_transaction_days()) %}

-- The staging view is read where it is needed rather than once in a CTE, which would hold every line in memory.
with

lines as (
    select * from {{ ref('transaction_lines') }}
    where {{ days }}
),

returns as (
    select
        lines.*,
        customer_ids.customer_id
    from {{ ref('transaction_lines') }} as lines
    left join {{ source('identity', 'customer_id_map') }} as customer_ids
        on
            lines.source = customer_ids.source
            and lines.source_record_id = customer_ids.source_record_id
    where lines.transaction_type = 'return' and {{ days }}
),

referenced_sales as (
    select
        returns.transaction_id as return_id,
        sales.transaction_id,
        sales.occurred_at,
        'reference' as return_match,
        case when sales.quantity >= -returns.quantity then 1 else 2 end as preference
    from returns
    inner join {{ ref('transaction_lines') }} as sales
        on
            sales.transaction_type = 'sale'
            and returns.source = sales.source
            and returns.original_order_id = sales.order_id
            and returns.product_code = sales.product_code
),

earlier_sales as (
    select
        returns.transaction_id as return_id,
        sales.transaction_id,
        sales.occurred_at,
        'found' as return_match,
        3 as preference
    from returns
    inner join {{ source('identity', 'customer_id_map') }} as customer_ids
        on returns.customer_id = customer_ids.customer_id
    inner join {{ ref('transaction_lines') }} as sales
        on
            sales.transaction_type = 'sale'
            and customer_ids.source = sales.source
            and customer_ids.source_record_id = sales.source_record_id
            and returns.product_code = sales.product_code
            and returns.occurred_at >= sales.occurred_at
            and -returns.quantity <= sales.quantity
),

candidates as (
    select * from referenced_sales
    union all
    select * from earlier_sales
),

original_sales as (
    select *
    from candidates
    qualify
        row_number() over (
            partition by return_id order by preference asc, occurred_at desc, transaction_id asc
        ) = 1
),

final as (
    select
        lines.transaction_id,
        lines.source,
        lines.source_record_id,
        customer_ids.customer_id,
        lines.transaction_type,
        lines.order_id,
        lines.product_code,
        lines.description,
        lines.quantity,
        lines.unit_price,
        lines.amount,
        lines.currency,
        lines.occurred_at,
        lines.channel,
        lines.original_order_id,
        original_sales.transaction_id as original_transaction_id,
        case
            when lines.transaction_type = 'return' then coalesce(original_sales.return_match, 'unmatched')
        end as return_match,
        lines.partition_date
    from lines
    left join {{ source('identity', 'customer_id_map') }} as customer_ids
        on
            lines.source = customer_ids.source
            and lines.source_record_id = customer_ids.source_record_id
    -- Only the identifiers of returns are looked up: a null key costs nothing.
    left join original_sales
        on case when lines.transaction_type = 'return' then lines.transaction_id end = original_sales.return_id
)

select * from final
