-- What stewards have decided in the store, as the run takes it: one row per decision in force.
create schema if not exists {schema};

create or replace table {link_decisions} as
select
    cast(number as bigint) as number,
    cast(kind as varchar) as kind,
    cast(source as varchar) as source,
    cast(source_record_id as varchar) as source_record_id,
    cast(other_source as varchar) as other_source,
    cast(other_record_id as varchar) as other_record_id,
    cast(author as varchar) as author,
    cast(decided_at as timestamp) as decided_at,
    cast(decided_because as varchar) as decided_because
from {decisions}
order by number;
