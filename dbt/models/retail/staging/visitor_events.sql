{{ union_of('event_sources') }}
