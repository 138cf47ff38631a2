{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    partition_by=by_day(),
    on_schema_change='fail',
    tags=['facts'],
    pre_hook=[
        "{{ publish_all_days_if_rebuilt() }}",
        "{{ follow_all_days_if_rebuilt() }}",
        "{{ write_ledger_if_rebuilt() }}"
    ],
    post_hook="{{ write_totals_if_rebuilt() }}",
    meta={
        'restated_columns': ['customer_id'],
        'ledger_ids': ['customer_id'],
        'has_amounts': true,
        'pending': {
            'customer': ['customer_id as key'],
            'order': ['source, order_id as key', 'source, original_order_id as key']
        }
    }
) }}

-- Restating writes into {{ ref('restatements') }} and {{ ref('restatement_totals') }}.
{%- set ids = [{'id': 'customer_id', 'entity': 'customer', 'source': 'source', 'record': 'source_record_id'}] %}
{%- set keys = {'source_record_id': moved_records()} %}
{%- do find_moved_rows(with_ids(facts_to_check(keys), ids), keys) %}
{%- set days = partitions_to_build() %}

with

lines as (
    select * from {{ ref('transaction_lines') }}
    where {{ days }}
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
        lines.partition_date
    from lines
    left join {{ source('identity', 'customer_id_map') }} as customer_ids
        on
            lines.source = customer_ids.source
            and lines.source_record_id = customer_ids.source_record_id
)

select * from final
