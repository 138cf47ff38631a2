{{ union_of('transactions') }}
