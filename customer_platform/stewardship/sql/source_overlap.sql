with members as (
    select distinct
        source,
        customer_id
    from {customer_id_map}
),

sources as (
    select distinct source
    from members
),

shared as (
    select
        mine.source,
        theirs.source as other_source,
        count(*) as customers
    from members as mine
    inner join members as theirs using (customer_id)
    group by all
)

select
    mine.source,
    theirs.source as other_source,
    coalesce(shared.customers, 0) as customers
from sources as mine
cross join sources as theirs
left join shared
    on
        mine.source = shared.source
        and theirs.source = shared.other_source
order by mine.source, other_source
