-- Fails if source_precedence names a source or an attribute that doesn't exist: a misspelt name would
-- silently put that source last.
{{ config(meta={'dagster': {'ref': {'name': 'source_precedence'}}}) }}

{{ precedence_of_unknown_sources(['account', 'contact']) }}
