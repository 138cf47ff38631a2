-- The kept pairs of which both records are among some.
with wanted as (
    select
        unnest(cast($sources as varchar[])) as source,
        unnest(cast($record_ids as varchar[])) as record_id
)

select
    rule,
    coalesce(cast(source as varchar), ''),
    source_record_id,
    coalesce(cast(other_source as varchar), ''),
    other_record_id,
    probability
from {similar_pairs}
where
    (coalesce(cast(source as varchar), ''), source_record_id)
    in (select (wanted.source, wanted.record_id) from wanted)
    and (coalesce(cast(other_source as varchar), ''), other_record_id)
    in (select (wanted.source, wanted.record_id) from wanted)
