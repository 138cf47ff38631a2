-- One row per customer, buyer, ... of a map, in the order of IDs.
insert into {schema}.owners
select
    $entity,
    cast(
        (select count(*) from {schema}.owners)
        + row_number() over (order by customer_id) as uinteger
    ),
    customer_id,
    records
from (select
    customer_id,
    cast(count(*) as uinteger) as records
from {state}
group by customer_id)
order by customer_id;
