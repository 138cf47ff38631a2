{{ union_of('account_transaction_sources') }}
