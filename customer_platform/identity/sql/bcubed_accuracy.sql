-- Of an average record, the share of its customer that is its person, and the other way round.
with cells as (
    select
        found.customer_id,
        truth.person_id,
        count(*) as n
    from {found} as found
    inner join {truth} as truth
        on
            coalesce(found.source, '') = coalesce(truth.source, '')
            and found.source_record_id = truth.source_record_id
    group by found.customer_id, truth.person_id
),

sized as (
    select
        n,
        sum(n) over (partition by customer_id) as customer,
        sum(n) over (partition by person_id) as person
    from cells
)

select
    coalesce(sum(n * n / customer) / sum(n), 1),
    coalesce(sum(n * n / person) / sum(n), 1)
from sized
