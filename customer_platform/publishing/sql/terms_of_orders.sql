-- One row per owner and number of an order.
select distinct
    lower(orders.order_id) as term,
    {the_entity} as entity,
    {the_attribute} as attribute,
    false as is_word,
    owners.number
from (
    select distinct
        {owner} as owner_id,
        cast(order_id as varchar) as order_id
    from {table}
) as orders
inner join {schema}.owners as owners on orders.owner_id = owners.id and owners.entity = {the_entity}
where orders.order_id <> ''
