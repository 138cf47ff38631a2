with stated (priority, rule, threshold) as (values {thresholds}),

last as (
    select
        rule,
        arg_max(threshold, compared_at) as threshold
    from {similar_runs}
    group by rule
),

chosen as (
    select
        stated.priority,
        rule,
        coalesce(last.threshold, stated.threshold) as threshold
    from stated
    left join last using (rule)
)

select
    rule,
    count(*) filter (where pairs.probability >= chosen.threshold),
    avg(pairs.probability) filter (where pairs.probability >= chosen.threshold),
    count(pairs.probability),
    coalesce(sum(pairs.probability) filter (where pairs.probability >= chosen.threshold), 0)
    / sum(pairs.probability)
from chosen
left join {similar_pairs} as pairs using (rule)
group by chosen.priority, rule
order by chosen.priority
