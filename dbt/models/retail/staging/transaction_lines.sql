{{ union_of('transaction_sources') }}
