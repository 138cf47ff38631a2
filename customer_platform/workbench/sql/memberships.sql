-- Records that came to a customer, or left it: where from, where to, and why.
select
    changed_at,
    source,
    source_record_id,
    previous_customer_id,
    customer_id,
    reason
from {changes}
where customer_id = $owner or previous_customer_id = $owner
order by changed_at desc, source asc, source_record_id asc
limit $most
