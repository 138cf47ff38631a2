-- Fails if a customer whose facts or records have changed has no current version, or several, or one
-- that differs from the golden record in any column, or if a version ends before it begins: a past day
-- would not reproduce.
{{ config(meta={'dagster': {'ref': {'name': 'customer_changes'}}}) }}
{{ versions_that_are_wrong('customer', 'golden_records', keys_to_check('customer_id', 'customer')) }}
