-- What tells an owner apart, of its golden record.
select
    {owner} as owner_id,
    cast(to_json(struct_pack({telling})) as varchar) as shown
from {table}
