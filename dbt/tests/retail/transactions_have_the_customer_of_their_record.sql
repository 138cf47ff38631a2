-- Fails if a line has another customer than its record has in the customer ID map, on the days that
-- were built and of all records that have moved: it was not restated.
{{ config(meta={'dagster': {'ref': {'name': 'transactions'}}}) }}

{{ facts_of_another_customer(ref('transactions'), 'transaction_id', 'source') }}
