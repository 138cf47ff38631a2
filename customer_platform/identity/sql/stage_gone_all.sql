-- Every kept record is gone. Its kept hash may be that of another version of DuckDB.
create or replace temp table resolution_gone as
select
    coalesce(kept.source, '') as source,
    kept.source_record_id as record_id,
    hash(coalesce(kept.source, ''), kept.source_record_id) as record_order,
    kept.* exclude (source, record_order)
from {resolution_state} as kept
