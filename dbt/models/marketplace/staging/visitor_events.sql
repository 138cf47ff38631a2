{{ union_of('marketplace_event_sources') }}
