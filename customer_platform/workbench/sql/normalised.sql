-- What is looked for, as the terms of the index are: whole, and its words.
select
    number,
    struct_pack(
        whole := [
            lower(trim(query)),
            lower(normalise_email(query)),
            lower(normalise_phone(query, country)),
            lower(normalise_postcode(query)),
            lower(code_key(query))
        ],
        words := {words}
    ) as result
from {rows}
