{{ union_of('marketplace_transaction_sources') }}
