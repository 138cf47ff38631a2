-- Whose record a source has under a number.
select
    kept.customer_id,
    owners.records
from {state} as kept
inner join search.owners as owners on kept.customer_id = owners.id and owners.entity = $entity
where kept.source = $source and kept.source_record_id = $record
