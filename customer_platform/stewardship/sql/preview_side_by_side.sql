-- The map that is there next to the one that would be: records, customers that merge or split, and
-- their merges and splits.
create or replace temp table preview_records as
select
    source,
    record_id,
    had.customer_id as now,
    links.customer_id as later
from {current_links} as had
full join temp.preview_links as links using (source, record_id);

create or replace temp table preview_flows as
with flows as (
    select
        now,
        later,
        count(*) as records
    from temp.preview_records
    where now is not null and later is not null
    group by now, later
),

falling as (
    select now from flows
    group by now
    having count(*) > 1
),

growing as (
    select later from flows
    group by later
    having count(*) > 1
),

marked as (
    select
        now,
        later,
        records,
        later in (select growing.later from growing) as is_merge,
        now in (select falling.now from falling) as is_split
    from flows
)

select * from marked
where is_merge or is_split;

create or replace temp table preview_changes as
select
    'merge' as kind,
    later as customer_id,
    count(*) as customers,
    cast(sum(records) as bigint) as records,
    cast(coalesce(sum(records) filter (where now <> later), 0) as bigint) as moved_records
from temp.preview_flows
where is_merge
group by later
union all
select
    'split' as kind,
    now as customer_id,
    count(*) as customers,
    cast(sum(records) as bigint) as records,
    cast(coalesce(sum(records) filter (where now <> later), 0) as bigint) as moved_records
from temp.preview_flows
where is_split
group by now;
