-- Fails if a source record has no account ID or several, or if the map holds a record that no source has.
{{ config(meta={'dagster': {'ref': {'name': 'accounts'}}}) }}
-- Checked once the masters are built, when both sides are of the same run: depends_on: {{ ref('accounts') }}

{{ records_without_one_id('account') }}
