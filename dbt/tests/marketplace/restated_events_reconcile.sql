-- Fails if restating events has lost, doubled or changed rows: its totals before and after differ, or
-- the ledger doesn't add up to the rows that were moved.
{{ config(meta={'dagster': {'ref': {'name': 'events'}}}) }}
-- depends_on: {{ ref('events') }}

{{ unreconciled_restatements('events') }}
