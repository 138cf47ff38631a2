with sizes as (
    select count(*) as records
    from {customer_id_map}
    group by customer_id
)

select
    records as records_per_customer,
    count(*) as customers,
    cast(sum(records) as bigint) as records
from sizes
group by records_per_customer
order by records_per_customer
