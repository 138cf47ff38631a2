with orders as (
    select
        {record_source} as source,
        {record} as record_id,
        count(distinct order_id) as orders
    from {lines}
    where {record} is not null and partition_date > cast($last as date) - 30
    group by all
),

summed as (
    select
        source,
        cast(sum(orders) as bigint) as total,
        max(orders, 2) as most,
        arg_max(record_id, orders) as record_id,
        count(*) as records,
        quantile_disc(orders, 0.95) as q95
    from orders
    group by source
)

select
    source,
    total,
    record_id,
    most[1],
    most[1] > $tolerated
    and (
        most[1] >= $share * total and most[1] >= 3 * coalesce(most[2], 1)
        or most[1] >= $stands_out
        * case when records < $few_values then coalesce(most[2], 1) else q95 end
    )
from summed
order by source
