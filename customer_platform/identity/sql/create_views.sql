-- The map and its history, as views on what is kept.
create or replace view {customer_id_map} as
select
    source,
    source_record_id,
    customer_id,
    linked_by_rule,
    linked_to_source,
    linked_to_record_id,
    valid_from,
    reason
from {resolution_state};

create or replace view {customer_id_history} as
select
    source,
    source_record_id,
    customer_id,
    valid_from,
    cast(null as timestamp) as valid_to,
    reason,
    cast(null as varchar) as ended_reason
from {resolution_state}
union all
select
    source,
    source_record_id,
    customer_id,
    valid_from,
    valid_to,
    reason,
    ended_reason
from {ended_memberships};

-- A record that moved because a new one came has `new record` as well, and is among the ended.
create or replace view {customer_id_changes} as
select
    began.valid_from as changed_at,
    began.source,
    began.source_record_id,
    cast(null as varchar) as previous_customer_id,
    began.customer_id,
    began.reason
from {customer_id_history} as began
left join {ended_memberships} as ended
    on
        ended.source is not distinct from began.source
        and began.source_record_id = ended.source_record_id
        and began.valid_from = ended.valid_to
where began.reason = 'new record' and ended.source_record_id is null
union all
select
    valid_to,
    source,
    source_record_id,
    customer_id,
    next_customer_id,
    ended_reason
from {ended_memberships};

create or replace view {customer_id_redirects} as
with recursive redirects as (
    select
        customer_id,
        successor,
        retired_at
    from {customer_id_registry}
    where retired_at is not null
    union all
    select
        redirects.customer_id,
        next.successor,
        redirects.retired_at
    from redirects
    inner join {customer_id_registry} as next on redirects.successor = next.customer_id
    where next.retired_at is not null
)

select
    redirects.customer_id,
    redirects.successor,
    redirects.retired_at
from redirects
left join {customer_id_registry} as next on redirects.successor = next.customer_id
where next.retired_at is null;
