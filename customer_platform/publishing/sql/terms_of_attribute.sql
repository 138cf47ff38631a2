-- One row per owner and value, or word of a value, of an attribute.
select
    lower(term) as term,
    {the_entity} as entity,
    {the_attribute} as attribute,
    {are_words} as is_word,
    number
from (
    select distinct
        {a_term} as term,
        owners.number
    from (
        select distinct
            kept.customer_id,
            {a_value} as found_value
        from {records} as records
        inner join {state} as kept
            on
                coalesce(cast({a_source} as varchar), '')
                = coalesce(cast(kept.source as varchar), '')
                and cast(records.{record_id} as varchar) = kept.source_record_id
    ) as found
    inner join {schema}.owners as owners
        on found.customer_id = owners.id and owners.entity = {the_entity}
    where found.found_value is not null
)
where term <> ''
