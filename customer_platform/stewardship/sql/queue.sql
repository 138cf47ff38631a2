-- The pairs to be reviewed, in their order.
select
    position,
    rule,
    probability,
    coalesce(cast(source as varchar), ''),
    source_record_id,
    coalesce(cast(other_source as varchar), ''),
    other_record_id,
    records,
    other_records
from {review_queue}
where $rule is null or rule = $rule
order by position
