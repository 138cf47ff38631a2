-- Fails if a record of a seller has no seller ID or several, or if the map holds a record that no source has.
{{ config(meta={'dagster': {'ref': {'name': 'sellers'}}}) }}
-- Checked once the masters are built, when both sides are of the same run: depends_on: {{ ref('sellers') }}

{{ records_without_one_id('seller') }}
