-- Whose ID begins with a text.
select number
from search.owners
where id >= $beginning and id < $beyond
order by number
limit $most
