with sides as (
    select
        refused_by,
        rule,
        customer_id
    from {refused_links}
    union all
    select
        refused_by,
        rule,
        other_customer_id as customer_id
    from {refused_links}
)

select
    refused_by,
    rule,
    count(*) // 2 as links,
    count(distinct customer_id) as customers
from sides
group by refused_by, rule
order by links desc, refused_by asc, rule asc
