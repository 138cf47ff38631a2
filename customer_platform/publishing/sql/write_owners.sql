-- One row per customer, buyer, ... of a map, in the order of IDs, with what tells it apart.
insert into {schema}.owners
select
    $entity,
    cast(
        (select count(*) from {schema}.owners)
        + row_number() over (order by kept.customer_id) as uinteger
    ),
    kept.customer_id,
    kept.records,
    golden.shown
from (
    select
        customer_id,
        cast(count(*) as uinteger) as records
    from {state}
    group by customer_id
) as kept
left join ({golden}) as golden on kept.customer_id = golden.owner_id
order by kept.customer_id;
