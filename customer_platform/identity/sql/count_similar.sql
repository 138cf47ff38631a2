-- Counts all pairs by a similar rule that link; those of the records just resolved are only some.
with linking as (
    select
        record_order,
        other_order
    from {similar_pairs}
    where rule = $rule and probability >= $threshold
)

update {match_rule_statistics}
set
    pairs = (select count(*) from linking),
    matched_records = (
        select count(*)
        from (
            select record_order from linking
            union
            select other_order from linking
        )
    )
where rule = $rule
