{{ union_of('account_event_sources') }}
