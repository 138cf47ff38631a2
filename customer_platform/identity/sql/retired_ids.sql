-- The IDs of a map in a file that no record has any longer.
select
    ids.customer_id,
    ids.issued_at,
    coalesce(earlier.retired_at, cast($moment as timestamp)) as retired_at,
    coalesce(retired.successor, earlier.successor) as successor
from resolution_retired as retired
inner join temp.resolution_previous_ids as ids on retired.code = ids.rowid
left join {earlier} as earlier using (customer_id)
order by ids.customer_id
