{{ config(
    materialized='incremental',
    incremental_strategy='replace_partitions',
    partition_by=by_day(),
    on_schema_change='fail',
    tags=['facts'],
    pre_hook=[
        "insert into {{ pending_changes() }} (kind, key) values ('run', '{{ invocation_id }}')",
        "{{ publish_all_days_if_rebuilt() }}",
        "{{ follow_all_days_if_rebuilt() }}",
        "{{ write_ledger_if_rebuilt() }}"
    ],
    post_hook="{{ write_totals_if_rebuilt() }}",
    meta={
        'restated_columns': ['buyer_id', 'seller_id'],
        'ledger_ids': ['buyer_id', 'seller_id'],
        'ledger_by': ['currency'],
        'has_amounts': true
    }
) }}

-- Restating writes into {{ ref('restatements') }} and {{ ref('restatement_totals') }}.
{%- do find_moved_rows(with_ids(facts_to_check(), [
    {'id': 'buyer_id', 'entity': 'buyer', 'source': 'buyer_source', 'record': 'buyer_record_id'},
    {'id': 'seller_id', 'entity': 'seller', 'source': 'seller_source', 'record': 'seller_record_id'}
])) %}
{%- set days = partitions_to_build() %}

with

lines as (
    select
        *,
        {{ line_commission() }} as line_commission
    from {{ ref('transaction_lines') }}
    where {{ days }}
),

final as (
    select
        lines.transaction_id,
        lines.source,
        lines.buyer_source,
        lines.buyer_record_id,
        buyer_ids.buyer_id,
        lines.seller_source,
        lines.seller_record_id,
        seller_ids.seller_id,
        lines.transaction_type,
        lines.order_id,
        lines.original_transaction_id,
        lines.product_code,
        lines.description,
        lines.quantity,
        lines.unit_price,
        lines.amount,
        lines.line_commission as commission,
        {{ quotient('lines.line_commission', 'lines.amount') }} as take_rate,
        cast(lines.amount - lines.line_commission as decimal(18, 4)) as seller_payout,
        lines.shipping,
        lines.currency,
        lines.occurred_at,
        lines.partition_date
    from lines
    left join {{ id_map_of('buyer') }} as buyer_ids
        on
            lines.buyer_source = buyer_ids.source
            and lines.buyer_record_id = buyer_ids.source_record_id
    left join {{ id_map_of('seller') }} as seller_ids
        on
            lines.seller_source = seller_ids.source
            and lines.seller_record_id = seller_ids.source_record_id
)

select * from final
