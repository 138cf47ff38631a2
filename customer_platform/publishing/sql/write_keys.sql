insert into {schema}.keys
select
    value,
    entity,
    rule,
    number,
    records
from ({keys})
order by value, entity, rule, number;
