-- Fails if a source record has no customer ID or several, or if the map holds a record that no source has.
{{ config(meta={'dagster': {'ref': {'name': 'golden_records'}}}) }}
-- Checked once the masters are built, when both sides are of the same run: depends_on: {{ ref('golden_records') }}

{{ records_without_one_id('customer') }}
