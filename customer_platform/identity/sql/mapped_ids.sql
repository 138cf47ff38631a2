-- The customer IDs of a map that was written before, and those issued before.
create or replace temp table resolution_previous_ids as
with mapped as (
    select
        customer_id,
        min(issued_at) as issued_at
    from {was}
    group by customer_id
),

registered as (
    select
        customer_id,
        min(issued_at) as issued_at
    from {issued}
    group by customer_id
)

select
    customer_id,
    cast(least(registered.issued_at, mapped.issued_at) as timestamp) as issued_at,
    mapped.customer_id is not null as in_map
from registered
full join mapped using (customer_id)
