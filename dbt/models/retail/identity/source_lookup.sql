{{ source_lookup('customer') }}
