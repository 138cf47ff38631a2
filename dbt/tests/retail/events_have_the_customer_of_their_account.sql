-- Fails if an event has another customer than its account has in the customer ID map, on the days that
-- were built and of all accounts that have moved: it was not restated.
{{ config(meta={'dagster': {'ref': {'name': 'events'}}}) }}

{{ facts_of_another_customer(ref('events'), 'event_id', 'record_source') }}
