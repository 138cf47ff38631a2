-- Every record of a map without a kept state is gone.
create or replace temp table resolution_gone as
select
    coalesce(kept.source, '') as source,
    kept.source_record_id as record_id,
    hash(coalesce(kept.source, ''), kept.source_record_id) as record_order,
    cast(0 as ubigint) as record_hash,
    kept.customer_id,
    kept.linked_by_rule,
    kept.valid_from,
    'new record' as reason,
    cast(0 as ubigint) as component
from {customer_id_map} as kept
