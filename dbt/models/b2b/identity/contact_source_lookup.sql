{{ source_lookup('contact') }}
