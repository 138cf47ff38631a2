-- Whose ID begins with a text.
select
    entity,
    id,
    records
from search.owners
where id >= $beginning and id < $beyond
order by id
limit $most
