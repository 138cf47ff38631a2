-- What stewards have decided about the records of a customer.
with mine as (
    select
        source,
        source_record_id
    from {state}
    where customer_id = $owner
)

select
    {decided_on},
    {decided_by},
    kind,
    source,
    source_record_id,
    other_source,
    other_record_id,
    {said_why}
from {overrides} as overrides
where
    (source, source_record_id) in (select (source, source_record_id) from mine)
    or (other_source, other_record_id) in (select (source, source_record_id) from mine)
order by all desc
