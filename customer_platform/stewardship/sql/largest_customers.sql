select
    customer_id,
    count(*) as records,
    count(distinct source) as sources,
    coalesce(string_agg(distinct linked_by_rule, ', ' order by linked_by_rule), '') as rules
from {customer_id_map}
group by customer_id
order by records desc, customer_id asc
limit {limit}
