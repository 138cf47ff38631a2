-- Whose golden record names somebody, and how many those are.
select
    {owner},
    count(*) over () as others
from {relation}
where {names} = $id
order by {owner}
limit $most
