-- The map's rows of some customers.
select
    coalesce(cast(source as varchar), '') as source,
    source_record_id,
    customer_id,
    cast(linked_by_rule as varchar),
    coalesce(cast(linked_to_source as varchar), '') as linked_to_source,
    linked_to_record_id,
    valid_from,
    {reason}
from {customer_id_map}
where customer_id in (select unnest(cast($customer_ids as varchar[])))
order by coalesce(cast(source as varchar), ''), source_record_id
