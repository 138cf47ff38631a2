-- Refused links that touch some customers.
select
    rule,
    coalesce(cast(source as varchar), ''),
    source_record_id,
    customer_id,
    coalesce(cast(other_source as varchar), ''),
    other_record_id,
    other_customer_id,
    refused_by,
    cast(this_side as varchar),
    cast(other_side as varchar)
from {refused_links}
where
    customer_id in (select unnest(cast($customer_ids as varchar[])))
    {and_or} other_customer_id in (select unnest(cast($customer_ids as varchar[])))
