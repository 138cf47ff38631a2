-- The match keys of a record with their hashes, as a resolution makes them.
select
    number,
    struct_pack(
        "values" := struct_pack({key_values}),
        hashes := [{hashes}],
        limits := [{limits}],
        people := [{people}]
    ) as result
from ({keyed})
