{{ source_lookup('buyer') }}
