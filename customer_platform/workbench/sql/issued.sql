-- When an ID was given, and which IDs lead to it.
select
    customer_id,
    issued_at,
    retired_at
from {registry}
where customer_id = $owner or successor = $owner
order by retired_at desc nulls last
limit $most
