-- Who has a word of the search, or something like it.
select
    {position} as position,
    entity,
    number,
    attribute,
    term,
    {how} as how,
    {worth} as score
from search.terms
where {condition}
