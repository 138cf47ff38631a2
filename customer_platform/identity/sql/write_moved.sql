-- Closes the memberships of records that have another customer now.
insert into {ended_memberships}
select
    {record_source},
    records.record_id,
    records.was_customer_id,
    records.was_valid_from,
    cast($resolved_at as timestamp),
    records.was_reason,
    moved.customer_id,
    moved.reason
from resolution_moved as moved
inner join resolution_records as records on moved.record_row = records.record_row
