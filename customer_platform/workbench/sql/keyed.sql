-- The match keys of a record with their digests, as a resolution makes them.
select
    number,
    struct_pack(
        made_keys := made_keys, digests := digests, limits := limits, people := people
    ) as result
from (
    select
        number,
        struct_pack({key_values}) as made_keys,
        list_value({rule_hashes}) as digests,
        list_value({limit_hashes}) as limits,
        list_value({all_names}) as people
    from ({keyed})
)
