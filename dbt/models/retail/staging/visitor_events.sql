{{ union_of('events') }}
