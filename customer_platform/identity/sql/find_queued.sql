-- The pairs in a review band, of two customers of which no override says that they differ.
create or replace temp table review_queued as
with bands (rule, priority, review, threshold) as (values {bands}),

members as (
    select
        coalesce(cast(source as varchar), '') as source,
        source_record_id,
        customer_id
    from {customer_id_map}
),

pairs as (
    select
        pairs.rule,
        bands.priority,
        pairs.probability,
        coalesce(pairs.source, '') as source,
        pairs.source_record_id,
        coalesce(pairs.other_source, '') as other_source,
        pairs.other_record_id
    from {similar_pairs} as pairs
    inner join bands using (rule)
    where pairs.probability >= bands.review and pairs.probability < bands.threshold
),

apart as (
    select
        pairs.*,
        one.customer_id,
        other.customer_id as other_customer_id
    from pairs
    inner join members as one using (source, source_record_id)
    inner join members as other
        on
            pairs.other_source = other.source
            and pairs.other_record_id = other.source_record_id
    where one.customer_id <> other.customer_id
),

differing as (
    select
        one.customer_id,
        other.customer_id as other_customer_id
    from {applied_overrides} as said
    inner join members as one
        on
            said.source = one.source
            and said.source_record_id = one.source_record_id
    inner join members as other
        on
            said.other_source = other.source
            and said.other_record_id = other.source_record_id
    where said.kind = 'different'
),

best as (
    select
        *,
        count(*) over each_two as similar_pairs
    from apart
    where
        not exists (
            select 1
            from differing
            where
                (differing.customer_id, differing.other_customer_id) in (
                    (apart.customer_id, apart.other_customer_id),
                    (apart.other_customer_id, apart.customer_id)
                )
        )
    window
        each_two as (
            partition by
                rule,
                least(customer_id, other_customer_id),
                greatest(customer_id, other_customer_id)
        )
    qualify
        row_number() over (
            each_two
            order by
                probability desc,
                source asc,
                source_record_id asc,
                other_source asc,
                other_record_id asc
        ) = 1
),

sizes as (
    select
        customer_id,
        count(*) as records
    from members
    where
        customer_id in (
            select customer_id from best
            union
            select other_customer_id from best
        )
    group by customer_id
)

select
    best.*,
    one.records,
    other.records as other_records,
    best.probability * one.records * other.records as expected_pairs,
    row_number() over (
        order by
            best.probability * one.records * other.records desc,
            best.probability desc,
            best.priority asc,
            best.source asc,
            best.source_record_id asc,
            best.other_source asc,
            best.other_record_id asc
    ) as position
from best
inner join sizes as one using (customer_id)
inner join sizes as other on best.other_customer_id = other.customer_id
