-- One row per owner and number of a record.
select distinct
    lower(kept.source_record_id) as term,
    {the_entity} as entity,
    {the_attribute} as attribute,
    false as is_word,
    owners.number
from {state} as kept
inner join
    {schema}.owners as owners
    on kept.customer_id = owners.id and owners.entity = {the_entity}
