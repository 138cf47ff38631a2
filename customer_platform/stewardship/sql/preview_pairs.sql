-- A few links of each customer, one for two parts that are linked.
with firsts as (
    select * from {crossing} as links
    qualify
        row_number() over (
            partition by
                customer_id,
                least(coalesce(mine, ''), coalesce(other, '')),
                greatest(coalesce(mine, ''), coalesce(other, ''))
            order by source asc, record_id asc
        ) = 1
)

select
    customer_id,
    source,
    record_id,
    linked_to_source,
    linked_to_record,
    linked_by_rule,
    mine_later,
    other_later
from firsts
qualify row_number() over (partition by customer_id order by source asc, record_id asc) <= $shown
order by customer_id asc, source asc, record_id asc
