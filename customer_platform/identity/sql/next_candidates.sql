-- Gives new customers whose ID has been issued, or that an earlier one has, the next candidate.
with placed as (
    select
        rowid as place,
        customer_id in (select customer_id from {issued}) as was_issued,
        row_number() over (partition by customer_id order by generation, rowid) as turn
    from temp.resolution_new_customers
)

update temp.resolution_new_customers
set generation = generation + 1, customer_id = {candidate}
where rowid in (
    select place from placed
    where was_issued or turn > 1
)
