select
    reason,
    count(*) filter (where previous_customer_id is null) as new_records,
    count(*) filter (
        where previous_customer_id is not null and customer_id is not null
    ) as moved_records,
    count(*) filter (where customer_id is null) as deleted_records
from {customer_id_changes}
where changed_at = (select max(resolved_at) from {resolution_runs})
group by reason
order by reason
