-- What follows from the other tables, when these are up to date.
create or replace table {customer_sizes} as
select
    records_per_customer,
    cast(sum(customers) as bigint) as customers
from {customer_sizes}
group by records_per_customer
having sum(customers) > 0;

update {match_rule_statistics} as kept
set
    over_shared_values = (
        select count(*)
        from {over_shared_values} as over_shared
        where over_shared.rule = kept.rule
    ),
    over_shared_records = (
        select coalesce(sum(over_shared.records), 0)
        from {over_shared_values} as over_shared
        where over_shared.rule = kept.rule
    ),
    matched_share = coalesce(
        matched_records / nullif(
            (
                select sum(sizes.records_per_customer * sizes.customers)
                from {customer_sizes} as sizes
            ),
            0
        ),
        0
    );
