-- Owners whose records stewards have called different.
with members as (
    select
        customer_id,
        source,
        source_record_id
    from {state}
    where customer_id in ({owners})
)

select distinct
    one.customer_id,
    other.customer_id
from {overrides} as overrides
inner join members as one
    on overrides.source = one.source and overrides.source_record_id = one.source_record_id
inner join members as other
    on
        overrides.other_source = other.source
        and overrides.other_record_id = other.source_record_id
where overrides.kind = 'different'
