-- Adds the pairs of a rule to the review queue, with their values side by side.
insert into {review_queue}
select
    queued.position,
    queued.rule,
    queued.probability,
    queued.expected_pairs,
    nullif(queued.source, ''),
    queued.source_record_id,
    queued.customer_id,
    queued.records,
    nullif(queued.other_source, ''),
    queued.other_record_id,
    queued.other_customer_id,
    queued.other_records,
    queued.similar_pairs,
    concat_ws('; ', {sides})
from temp.review_queued as queued
left join temp.review_values as one
    on
        queued.source = one.source
        and queued.source_record_id = one.record_id
left join temp.review_values as two
    on
        queued.other_source = two.source
        and queued.other_record_id = two.record_id
where queued.rule = $rule
order by queued.position
