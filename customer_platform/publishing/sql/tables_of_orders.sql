-- The masters of lines of orders that say whose they are.
select table_name
from information_schema.columns
where table_catalog = current_database() and table_schema = 'master'
group by table_name
having
    count(*) filter (where column_name = 'order_id') = 1
    and count(*) filter (where column_name = 'transaction_id') = 1
    and count(*) filter (where column_name = $owner) = 1
order by table_name
