-- Which lines undo which.
select
    transaction_id,
    original_transaction_id,
    occurred_at
from master.returns
where
    transaction_id in (select unnest(cast($lines as varchar[])))
    or original_transaction_id in (select unnest(cast($lines as varchar[])))
order by occurred_at desc
