{{ source_lookup('account') }}
