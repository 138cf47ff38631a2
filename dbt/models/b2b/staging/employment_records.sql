{{ union_of('employments') }}
