"""The tables of people, addresses and email addresses that records and receipts look up."""

import duckdb
import numpy as np

from customer_platform.demo.contact_details import (
    MOBILE_AREA_DIGITS,
    make_addresses,
    phone_numbers,
)
from customer_platform.demo.places import CALLING_CODES, COUNTRIES
from customer_platform.demo.retail.people import EMAIL_DOMAINS, People
from customer_platform.demo.writing import register, words

_EMAIL_PARTS = """
create table email_parts as
with choices as (
    select *, 0 as slot from email_choices_0
    union all
    select *, 1 as slot from email_choices_1
)
select
    c.person,
    c.slot,
    c.style,
    c.domain::varchar as domain,
    regexp_replace(lower(strip_accents(p.first_name)), '[^a-z]', '', 'g') as first,
    regexp_replace(lower(strip_accents(p.last_name)), '[^a-z]', '', 'g') as last,
    right(year(p.birth_date)::varchar, 2) as birth_year
from choices as c
inner join people as p on p.person = c.person
"""

_EMAILS = """
create table emails as
with local_parts as (
    select
        person,
        slot,
        domain,
        case style
            when 0 then first || '.' || last
            when 1 then first || last
            when 2 then left(first, 1) || '.' || last
            when 3 then first || '_' || last
            when 4 then last || '.' || first
            when 5 then first || '.' || last || birth_year
            when 6 then left(first, 1) || last || birth_year
            else first || left(last, 3) || birth_year
        end as local_part
    from email_parts
),
numbered as (
    select
        *,
        row_number() over (partition by local_part, domain order by slot, person) as taken
    from local_parts
)
select
    person,
    slot,
    -- A point before the number keeps it apart from a birth year: no two people share an address.
    local_part || case when taken > 1 then '.' || taken else '' end || '@' || domain as email
from numbered
order by person, slot
"""


def render_people(connection: duckdb.DuckDBPyConnection, seed: int, people: People) -> None:
    """Make the tables `people`, `addresses` and `emails` that all other tables look up."""
    person = np.arange(people.count)
    country = np.array(COUNTRIES, dtype=object)
    phones = phone_numbers(seed, people)
    register(
        connection,
        "people",
        {
            "person": person,
            "household": people.household,
            "housemate": people.housemate,
            "country": words(people.country, country),
            "calling_code": words(people.country, np.array([CALLING_CODES[c] for c in COUNTRIES])),
            "first_name": words(people.first_name, people.first_pool.names),
            "last_name": words(people.last_name, people.last_pool.names),
            "nickname": words(people.nickname, people.first_pool.names),
            "birth_date": people.birth_day.astype("datetime64[D]"),
            "mobile": phones["mobile"],
            "mobile_area": np.array(MOBILE_AREA_DIGITS)[people.country],
            "landline": phones["landline"],
            "landline_area": phones["landline_area"],
        },
    )
    register(connection, "addresses", make_addresses(seed, people))
    domains = np.array(EMAIL_DOMAINS, dtype=object)
    for slot in (0, 1):
        register(
            connection,
            f"email_choices_{slot}",
            {
                "person": person,
                "style": people.email_style[slot],
                "domain": words(people.email_domain[slot], domains),
            },
        )
    connection.execute(_EMAIL_PARTS)
    connection.execute(_EMAILS)
    connection.execute("drop table email_parts")
