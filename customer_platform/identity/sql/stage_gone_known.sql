-- Of the kept records that were found by their names, those that have changed or are deleted.
create or replace temp table resolution_gone as
with found as (
    select
        coalesce(kept.source, '') as source,
        kept.source_record_id as record_id,
        kept.* exclude (source)
    from {resolution_state} as kept
    where kept.rowid in (select kept_row from temp.resolution_known)
)

select found.*
from found
semi join ({names}) as named using (record_order, source, record_id)
