-- Fails if a record of a party has no party ID or several, or if the map holds a record that no source has.
{{ config(meta={'dagster': {'ref': {'name': 'parties'}}}) }}
-- Checked once the masters are built, when both sides are of the same run: depends_on: {{ ref('parties') }}

{{ records_without_one_id('party') }}
