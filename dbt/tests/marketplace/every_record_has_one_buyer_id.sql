-- Fails if a record of a buyer has no buyer ID or several, or if the map holds a record that no source has.
{{ config(meta={'dagster': {'ref': {'name': 'buyers'}}}) }}
-- Checked once the masters are built, when both sides are of the same run: depends_on: {{ ref('buyers') }}

{{ records_without_one_id('buyer') }}
