-- The records of a customer, the newest first.
select records.*
from {records} as records
inner join {state} as kept
    on
        coalesce(cast({source} as varchar), '') = coalesce(cast(kept.source as varchar), '')
        and cast(records.{record_id} as varchar) = kept.source_record_id
where kept.customer_id = $owner
order by kept.valid_from desc, kept.source asc, kept.source_record_id asc
