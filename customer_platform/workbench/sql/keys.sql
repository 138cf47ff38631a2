-- Who has a value of a rule, and how many of their records do.
select
    {place} as place,
    number,
    records
from search.keys
where value = {value} and entity = {the_entity} and rule = {the_rule}
limit {most}
