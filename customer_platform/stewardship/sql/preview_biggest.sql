-- The changes that move the most records. Half of them of each kind, as far as there are so many:
-- the few splits of a rule that mostly merges are what its author didn't think of.
with ranked as (
    select
        *,
        row_number() over (
            partition by kind
            order by moved_records desc, records desc, customer_id asc
        ) as place
    from temp.preview_changes
),

chosen as (
    select * from ranked
    order by
        place > ($most + 1) // 2 asc,
        moved_records desc,
        records desc,
        kind asc,
        customer_id asc
    limit $most
)

select
    kind,
    customer_id,
    customers,
    records,
    moved_records
from chosen
order by moved_records desc, records desc, kind asc, customer_id asc
