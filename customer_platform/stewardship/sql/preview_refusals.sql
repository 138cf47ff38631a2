-- What refused to link two customers, once for any two of some.
select
    customer_id,
    other_customer_id,
    refused_by,
    this_side,
    other_side
from temp.preview_refused
where
    customer_id in (select unnest(cast($customer_ids as varchar[])))
    and other_customer_id in (select unnest(cast($customer_ids as varchar[])))
qualify
    row_number() over (
        partition by
            least(customer_id, other_customer_id),
            greatest(customer_id, other_customer_id)
        order by
            source asc,
            source_record_id asc,
            other_source asc,
            other_record_id asc,
            refused_by asc
    ) = 1
