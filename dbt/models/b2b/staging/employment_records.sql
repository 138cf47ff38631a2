{{ union_of('employment_sources') }}
