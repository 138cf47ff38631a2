-- Who has a word of the search, or something like it.
select
    {place} as position,
    number,
    attribute,
    term,
    {kind_of_match} as how,
    {worth} as score
from search.terms
where {condition}
