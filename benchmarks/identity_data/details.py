"""What a record says about its person, as numbers: names, email, phone and address."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from customer_platform.demo.contact_details import MOBILE_AREA_DIGITS
from customer_platform.demo.randomness import NEVER
from customer_platform.demo.retail.people import People
from customer_platform.demo.retail.registrations import EMAIL_PARTNER, PHONE_EMPTY, PHONE_LANDLINE

Column = npt.NDArray[Any]
Columns = dict[str, Column]

# What a source doesn't ask for.
NOT_ASKED = {
    "crm": (),
    "webshop": ("birth_date",),
    "newsletter": ("birth_date", "street", "phone"),
    "support": ("birth_date", "street"),
}
# Per country, what valid numbers begin with, before seven digits; more than there are people.
_MOBILES = ([61, 62, 63, 64, 65, 68], range(45, 50), range(1510, 1520), range(740, 745))
_LANDLINES = ([10, 13, 15, 20, 23, 24, 26, 30], [2, 3, 4, 9], range(300, 310), [200, 203, 207, 208])
# Coprime with how many there are, so that distinct people get distinct numbers.
_SPREAD = 7**14
# What stands for no value.
NONE = -1
NO_DAY = np.iinfo(np.int32).min


def names_columns(people: People, person: Column, drawn: Columns) -> Columns:
    """Positions in the spellings of all names: as they are, without accents, umlauts spelt out."""
    first, last = people.first_name[person], people.last_name[person]
    nickname = people.nickname[person]
    first = np.where(drawn["nickname"] & (nickname >= 0), nickname, first)
    spelling = np.where(drawn["accents_dropped"], 1, 0)
    last_spelling = np.where(drawn["accents_dropped"], 1, np.where(drawn["umlaut_spelt"], 2, 0))
    return {
        "first": np.where(
            drawn["no_first_name"], NONE, first + spelling * len(people.first_pool.names)
        ),
        "last": np.where(
            drawn["no_last_name"], NONE, last + last_spelling * len(people.last_pool.names)
        ),
    }


def email_columns(
    people: People, person: Column, first: int, state: Column, slot: Column
) -> Columns:
    """Whose address it is, and how that is made of the name.

    Args:
        people: The people of the block.
        person: Per record, its person.
        first: People in the blocks before.
        state: Per record, what was typed.
        slot: Per record, 0 for the person's older address and 1 for the newer.
    """
    owner = np.where(state == EMAIL_PARTNER, people.housemate[person], person)
    slot = np.where(state == EMAIL_PARTNER, 0, slot)
    return {
        "email_state": state,
        "email_owner": first + owner,
        "email_first": people.first_name[owner],
        "email_last": people.last_name[owner],
        "email_style": people.email_style[slot, owner],
        "email_domain": people.email_domain[slot, owner],
    }


def phone_columns(
    source: str, people: People, person: Column, first: int, drawn: Columns
) -> Columns:
    """The national number, how it is written, and the country it is of.

    A person has a mobile number, and a household, whose members share it, a landline.
    """
    state = drawn["phone_state"]
    if "phone" in NOT_ASKED[source]:
        state = np.full(len(person), PHONE_EMPTY)
    landline = state == PHONE_LANDLINE
    # A household has the number of its first member: distinct over all blocks.
    starts = np.searchsorted(people.household, people.household[person])
    country = people.country[person]
    return {
        "phone_state": state,
        "phone": np.where(
            landline,
            _numbers(_LANDLINES, country, first + starts),
            _numbers(_MOBILES, country, first + person),
        ),
        "phone_area": np.where(landline, 2, np.array(MOBILE_AREA_DIGITS)[country]),
        "phone_format": drawn["phone_format"],
        "country": country,
    }


def _numbers(leads: Sequence[Sequence[int]], country: Column, owner: Column) -> Column:
    """A number per owner: what its country's numbers begin with, and seven digits."""
    count = np.array([len(each) for each in leads])[country]
    table = np.zeros((len(leads), max(map(len, leads))), dtype=np.int64)
    for row, each in enumerate(leads):
        table[row, : len(each)] = each
    spread = owner * _SPREAD % (count * 10**7)
    return np.asarray(table[country, spread // 10**7] * 10**7 + spread % 10**7)


def address_columns(
    source: str, people: People, person: Column, drawn: Columns, addresses: Columns
) -> Columns:
    """The household's address, the newer one where the record has heard of the move."""
    address = 2 * people.household[person] + (drawn["address_at"] != NEVER)
    columns = {name: values[address] for name, values in addresses.items()}
    columns["street"] = np.where(
        drawn["no_street"] | ("street" in NOT_ASKED[source]), NONE, columns["street"]
    )
    columns["area"] = np.where(drawn["no_postcode"], NONE, columns["area"])
    return columns
