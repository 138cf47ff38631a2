with per_source as (
    select
        key,
        source,
        value,
        sum(records) as records
    from temp.health_values
    group by key, source, value
),

totals as (
    select
        key,
        sum(records) as everywhere
    from temp.health_values
    group by key
),

summed as (
    select
        key,
        source,
        sum(records) as filled,
        count(*) as distinct_values,
        max(records, 2) as most,
        arg_max(value, records) as value,
        quantile_disc(records, 0.95) as q95
    from per_source
    group by key, source
),

tops as (
    select
        key,
        source,
        filled,
        value,
        most[1] as top,
        coalesce(most[2], 0) as second,
        case when distinct_values < $few_values then coalesce(most[2], 1) else q95 end as usual
    from summed
    where most[1] > $tolerated
),

compared as (
    select
        tops.*,
        totals.everywhere - tops.filled as elsewhere_filled,
        (
            select coalesce(sum(others.records), 0)
            from per_source as others
            where
                others.key = tops.key
                and others.value = tops.value
                and others.source <> tops.source
        ) as elsewhere
    from tops
    inner join totals using (key)
)

select
    key,
    source,
    value,
    cast(top as bigint) as records,
    cast(filled as bigint) as filled
from compared
where {conditions}
order by records desc, key asc, source asc
