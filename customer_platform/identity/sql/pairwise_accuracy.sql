-- Pairs of records that are one customer, one person, and both.
with joined as (
    select
        found.customer_id,
        truth.person_id
    from {found} as found
    full join {truth} as truth
        on
            coalesce(found.source, '') = coalesce(truth.source, '')
            and found.source_record_id = truth.source_record_id
),

records as (
    select *
    from joined
    where customer_id is not null and person_id is not null
),

cells as (
    select
        customer_id,
        person_id,
        cast(count(*) as hugeint) as n
    from records
    group by customer_id, person_id
),

customers as (
    select cast(sum(n) as hugeint) as n
    from cells
    group by customer_id
),

persons as (
    select cast(sum(n) as hugeint) as n
    from cells
    group by person_id
)

select
    (select count(*) from records),
    (
        select count(*) from joined
        where person_id is null
    ),
    (
        select count(*) from joined
        where customer_id is null
    ),
    (select coalesce(sum(n * (n - 1) // 2), 0) from persons),
    (select coalesce(sum(n * (n - 1) // 2), 0) from customers),
    (select coalesce(sum(n * (n - 1) // 2), 0) from cells)
