-- The kept pairs of which both records are among some: the number of the rule, and their positions,
-- the first one first. There may be millions: they come as numbers, and in no order.
with given as (
    select
        unnest(cast($sources as varchar[])) as source,
        unnest(cast($record_ids as varchar[])) as record_id,
        unnest(range(cast($records as bigint))) as position
),

pairs as (
    select
        list_position(cast($rules as varchar[]), rule) - 1 as rule,
        probability,
        coalesce(cast(source as varchar), '') as source,
        source_record_id,
        coalesce(cast(other_source as varchar), '') as other_source,
        other_record_id
    from {similar_pairs}
)

select
    pairs.rule,
    least(one.position, other.position) as one,
    greatest(one.position, other.position) as other,
    pairs.probability
from pairs
inner join given as one
    on pairs.source = one.source and pairs.source_record_id = one.record_id
inner join given as other
    on pairs.other_source = other.source and pairs.other_record_id = other.record_id
where pairs.rule is not null
