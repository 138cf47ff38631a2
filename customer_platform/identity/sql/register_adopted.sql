-- Registers the IDs of a map that was made elsewhere.
insert into {customer_id_registry}
select
    customer_id,
    min(valid_from),
    nullif(min(source) filter (where linked_by_rule is null), ''),
    min(record_id) filter (where linked_by_rule is null),
    null,
    null
from temp.resolution_gone
where customer_id not in (select customer_id from {customer_id_registry})
group by customer_id
