-- The records of a customer, the newest first.
with mine as (
    select
        source_record_id as of_record,
        coalesce(cast(source as varchar), '') as of_source,
        valid_from as of_time
    from {state}
    where customer_id = $owner
)

select records.*
from {records} as records
inner join mine
    on
        cast(records.{record_id} as varchar) = mine.of_record
        and coalesce(cast({source} as varchar), '') = mine.of_source
order by mine.of_time desc, mine.of_source asc, mine.of_record asc
