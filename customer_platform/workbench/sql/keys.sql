-- Who has a value of a rule, and how many of their records do.
select
    {place},
    number,
    records
from search.keys
where value = {hash} and entity = {the_entity} and rule = {the_rule}
order by number
limit $most
