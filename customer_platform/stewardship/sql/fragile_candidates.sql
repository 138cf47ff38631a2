-- Customers with a link that has records on both of its sides, weakest and largest first. A part of
-- several records has a link of its own, so the record of the link that joins the parts has others
-- linked to it.
with members as (
    select
        coalesce(cast(source as varchar), '') as source,
        source_record_id,
        customer_id,
        linked_by_rule,
        coalesce(cast(linked_to_source as varchar), '') as linked_to_source,
        linked_to_record_id
    from {customer_id_map}
),

sizes as (
    select
        customer_id,
        count(*) as records
    from members
    group by customer_id
    having count(*) between 4 and $most_records
),

links as (
    select
        members.*,
        sizes.records,
        {rule_priority} as priority
    from members
    inner join sizes using (customer_id)
    where members.linked_by_rule is not null
),

inner_links as (
    select *
    from links
    where
        (source, source_record_id) in (
            select (others.linked_to_source, others.linked_to_record_id) from links as others
        )
),

scored as (
    select
        customer_id,
        max(priority) as priority,
        any_value(records) as records
    from inner_links
    group by customer_id
),

counted as (
    select
        *,
        sum(records) over (
            order by priority desc, records desc, customer_id asc
            rows unbounded preceding
        ) as records_so_far
    from scored
)

select customer_id
from counted
where records_so_far <= $most_records
order by priority desc, records desc, customer_id asc
limit $most
