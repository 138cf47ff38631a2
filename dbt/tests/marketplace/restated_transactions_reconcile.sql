-- Fails if restating transactions has lost, doubled or changed rows: its totals before and after differ, or
-- the ledger doesn't add up to the rows that were moved.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}
-- depends_on: {{ ref('transactions') }}

{{ unreconciled_restatements('transactions') }}
