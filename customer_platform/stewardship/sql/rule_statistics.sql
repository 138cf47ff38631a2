with alone as (
    select
        rule,
        count(*) as customers
    from (
        select any_value(cast(linked_by_rule as varchar)) as rule
        from {customer_id_map}
        where linked_by_rule is not null
        group by customer_id
        having count(distinct linked_by_rule) = 1
    )
    group by rule
)

select
    priority,
    statistics.rule,
    match_keys,
    max_records_per_value,
    max_people_per_value,
    links,
    coalesce(alone.customers, 0) as customers_by_it_alone,
    linking_values,
    cast(pairs as double) as pairs,
    matched_records,
    matched_share,
    over_shared_values,
    over_shared_records
from {match_rule_statistics} as statistics
left join alone on statistics.rule = alone.rule
order by priority
