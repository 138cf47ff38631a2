-- What that touches: the other kept records of the components.
select
    kept.source,
    kept.record_id,
    {kept_columns},
    kept.customer_id as was_customer_id,
    kept.linked_by_rule is null as was_root,
    kept.valid_from as was_valid_from,
    kept.reason as was_reason,
    cast({kept_overridden} + {kept_beside} as tinyint) as cause
from temp.resolution_old as kept
anti join temp.resolution_gone as gone
    on
        kept.record_order = gone.record_order
        and kept.source = gone.source
        and kept.record_id = gone.record_id
