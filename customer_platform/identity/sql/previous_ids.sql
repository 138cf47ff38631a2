-- The customer IDs that the records at hand had, with the time they were issued.
create or replace temp table resolution_previous_ids as
with had as (
    select
        was_customer_id as customer_id,
        min(was_valid_from) as since
    from resolution_records
    where was_customer_id is not null
    group by was_customer_id
    union all
    select
        customer_id,
        min(valid_from) as since
    from temp.resolution_gone
    group by customer_id
),

ids as (
    select
        customer_id,
        min(since) as since
    from had
    group by customer_id
)

select
    customer_id,
    coalesce(registry.issued_at, ids.since) as issued_at,
    true as in_map
from ids
left join {customer_id_registry} as registry using (customer_id)
