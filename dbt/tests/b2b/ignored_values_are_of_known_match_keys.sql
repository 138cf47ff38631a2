-- Fails if ignored_values names a match key that doesn't exist: the value would go on linking records.
{{ config(meta={'dagster': {'ref': {'name': 'ignored_values'}}}) }}

{{ ignored_values_of_unknown_match_keys(['account', 'contact']) }}
