-- Closes the memberships of records that are no longer there.
insert into {ended_memberships}
select
    {record_source},
    gone.record_id,
    gone.customer_id,
    gone.valid_from,
    cast($resolved_at as timestamp),
    gone.reason,
    null,
    'deletion'
from temp.resolution_gone as gone
where
    not exists (
        select 1
        from temp.resolution_delta as delta
        where
            delta.record_order = gone.record_order
            and delta.source = gone.source
            and delta.record_id = gone.record_id
    )
