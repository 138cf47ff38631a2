-- Fails if the pieces of a return line are not all in returns, or are there twice, on the days that
-- were built.
{{ config(meta={'dagster': {'ref': {'name': 'returns'}}}) }}

{{ returns_without_all_their_pieces() }}
