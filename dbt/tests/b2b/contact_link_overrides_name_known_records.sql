-- Warns if an override names a record that no source has: it decides nothing until the record comes.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'contact_link_overrides'}}}) }}

{{ overrides_of_unknown_records(ref('contact_link_overrides'), 'contact') }}
