-- One row per owner and value of a rule.
select
    kept.{hash} as value,
    {the_entity} as entity,
    {the_rule} as rule,
    owners.number,
    cast(count(*) as uinteger) as records
from {state} as kept
inner join
    {schema}.owners as owners
    on kept.customer_id = owners.id and owners.entity = {the_entity}
where kept.{hash} is not null
group by all
