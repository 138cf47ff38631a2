-- Warns if an override names a record that no source has: it decides nothing until the record comes.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'account_link_overrides'}}}) }}

{{ overrides_of_unknown_records(ref('account_link_overrides'), 'account') }}
