-- Fails if a contact has no current version, or several, or one that differs from its row in contacts in any column,
-- or if a version ends before it begins: a past day would not be reproduced.
{{ config(meta={'dagster': {'ref': {'name': 'contact_changes'}}}) }}
{{ versions_that_are_wrong('contact', 'contacts') }}
