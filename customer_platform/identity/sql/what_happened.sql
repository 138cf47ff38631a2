-- How many kept records have changed or are deleted, and how many are deleted.
select
    count(*),
    count(*) filter (where delta.record_id is null)
from temp.resolution_gone as gone
left join temp.resolution_delta as delta
    on
        gone.record_order = delta.record_order
        and gone.source = delta.source
        and gone.record_id = delta.record_id
where delta.record_hash is distinct from gone.record_hash
