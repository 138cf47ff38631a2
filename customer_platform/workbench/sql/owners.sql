-- Some customers, buyers, ... by their numbers.
select
    number,
    entity,
    id,
    records,
    shown
from search.owners
where number in ({numbers})
order by number
