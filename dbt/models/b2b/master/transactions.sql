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
        'restated_columns': ['account_id', 'contact_id'],
        'ledger_ids': ['account_id', 'contact_id'],
        'ledger_by': ['currency'],
        'has_amounts': true
    }
) }}

-- Begins when the run is written down: depends_on: {{ ref('account_parents') }}. Restating writes into
-- {{ ref('restatements') }} and {{ ref('restatement_totals') }}.
{%- do find_moved_rows(with_ids(facts_to_check(), [
    {'id': 'account_id', 'entity': 'account', 'source': 'source', 'record': 'source_record_id'},
    {'id': 'contact_id', 'entity': 'contact', 'source': 'contact_source', 'record': 'contact_record_id'}
])) %}
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
        account_ids.account_id,
        lines.contact_source,
        lines.contact_record_id,
        contact_ids.contact_id,
        lines.transaction_type,
        lines.order_id,
        lines.product_code,
        lines.description,
        lines.quantity,
        lines.unit_price,
        lines.amount,
        lines.currency,
        lines.occurred_at,
        lines.original_order_id,
        lines.partition_date
    from lines
    left join {{ source('identity', 'account_id_map') }} as account_ids
        on
            lines.source = account_ids.source
            and lines.source_record_id = account_ids.source_record_id
    left join {{ source('identity', 'contact_id_map') }} as contact_ids
        on
            lines.contact_source = contact_ids.source
            and lines.contact_record_id = contact_ids.source_record_id
)

select * from final
