with records as (
    select
        count(later) as records,
        count(*) filter (where now is null) as new_records,
        count(*) filter (where later is null) as gone_records,
        count(*) filter (where now <> later) as moved_records,
        count(distinct now) as customers_now,
        count(distinct later) as customers_then,
        count(distinct now) filter (where later is not null) as alive
    from temp.preview_records
),

flows as (
    select
        count(distinct now) as changing,
        count(distinct now) filter (where is_merge) as merging,
        count(distinct later) filter (where is_merge) as merged,
        count(distinct now) filter (where is_split) as splitting,
        count(distinct later) filter (where is_split) as parts
    from temp.preview_flows
),

largest as (
    select
        coalesce(
            (
                select count(*) from temp.preview_records
                where now is not null
                group by now
                order by count(*) desc
                limit 1
            ),
            0
        ) as largest_now,
        coalesce(
            (
                select count(*) from temp.preview_records
                where later is not null
                group by later
                order by count(*) desc
                limit 1
            ),
            0
        ) as largest_then
)

select
    records.records,
    records.new_records,
    records.gone_records,
    records.moved_records,
    records.customers_now,
    records.customers_then,
    records.alive - flows.changing as unchanged,
    flows.merging,
    flows.merged,
    flows.splitting,
    flows.parts,
    largest.largest_now,
    largest.largest_then
from records
cross join flows
cross join largest
