-- Fails if a day that was built has other events than staging: one was lost, or doubled by a visitor with
-- two accounts at a time.
{{ config(meta={'dagster': {'ref': {'name': 'events'}}}) }}

{{ days_other_than_staged(ref('visitor_events'), ref('events')) }}
