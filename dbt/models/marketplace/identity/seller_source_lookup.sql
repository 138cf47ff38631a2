{{ source_lookup('seller') }}
