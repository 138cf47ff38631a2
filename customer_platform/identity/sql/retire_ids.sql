-- Retires the IDs that no record has any longer.
update {customer_id_registry} as registry
set retired_at = cast($resolved_at as timestamp), successor = gone.successor
from (
    select
        ids.customer_id,
        retired.successor
    from resolution_retired as retired
    inner join temp.resolution_previous_ids as ids on retired.code = ids.rowid
) as gone
where registry.customer_id = gone.customer_id
