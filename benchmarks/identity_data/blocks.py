"""Decides who is recorded where and how: a row of numbers per record, in blocks of people.

The people, their households, the sources that know them and the noise in each record are drawn by
the demo's own functions. Nothing is written out here; `render` turns these numbers into text.
"""

from collections.abc import Iterator
from datetime import date

import numpy as np

from customer_platform.demo.randomness import NEVER, Window, some, stream
from customer_platform.demo.retail import rates
from customer_platform.demo.retail.people import People, make_people
from customer_platform.demo.retail.registrations import (
    EMAIL_AS_IS,
    EMAIL_EMPTY,
    EMAIL_NOREPLY,
    EMAIL_TEST,
    EMAIL_TYPO,
    PHONE_EMPTY,
    RECORD_SOURCES,
    Cards,
    make_cards,
    make_registrations,
    memberships,
)
from identity_data.addresses import make_addresses
from identity_data.details import (
    NO_DAY,
    NONE,
    NOT_ASKED,
    Column,
    Columns,
    address_columns,
    email_columns,
    names_columns,
    phone_columns,
)

SOURCES = (*RECORD_SOURCES, "pos")
WINDOW = Window.ending(date(2026, 1, 31), 30)

# Bounds the memory of the draws, whatever the number of records.
PEOPLE_PER_BLOCK = 250_000

# Less than the demo's: together with shared addresses, `limits: loyalty_id: 1` then concerns about
# one customer in a thousand.
TWO_CARDS = 0.003  # of card holders
# Half of the placeholders that the demo types are an address of a company: nobody has listed it
# among the ignored values, only `max_records_per_value` keeps it from linking thousands.
HUB_EMAIL = 0.5  # of test addresses
EMAIL_HUB = 6  # follows the demo's states of an email address


def make_blocks(seed: int, people: int) -> Iterator[Columns]:
    """Draws the records of all people, one block of people after the other.

    Args:
        seed: Seed of all draws.
        people: How many people there are.

    Yields:
        Per block one entry per record in every column; as small as the values allow.
    """
    numbers = dict.fromkeys(SOURCES, 0)
    for first in range(0, people, PEOPLE_PER_BLOCK):
        count = min(PEOPLE_PER_BLOCK, people - first)
        block_seed = seed + 1_000_003 * (first // PEOPLE_PER_BLOCK)
        parts = _make_block(block_seed, first, count, numbers)
        yield {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _make_block(seed: int, first: int, count: int, numbers: dict[str, int]) -> list[Columns]:
    people = make_people(seed, count, WINDOW)
    known = memberships(seed, people)
    cards, shown = _cards_of_block(seed, people, known, numbers["pos"])
    addresses = make_addresses(seed, people)
    parts = []
    for source in RECORD_SOURCES:
        drawn = make_registrations(seed, source, people, known[source], shown, cards, WINDOW)
        parts.append(_registered(seed, source, people, drawn, first, addresses, numbers))
        numbers[source] += len(drawn["number"])
    parts.append(_card_records(seed, people, cards, first, addresses))
    numbers["pos"] += len(cards.number)
    return parts


def _cards_of_block(
    seed: int, people: People, known: dict[str, Column], first: int
) -> tuple[Cards, Column]:
    cards, shown = make_cards(seed, people, known, WINDOW)
    holders = int(np.count_nonzero(known["pos"]))
    kept = holders + round(holders * TWO_CARDS)
    cards = Cards(
        person=cards.person[:kept],
        # Positions, so that no two blocks issue the same card.
        number=np.arange(first, first + kept),
        issued_at=cards.issued_at[:kept],
        known_in_crm=cards.known_in_crm[:kept],
    )
    return cards, shown


def _registered(
    seed: int,
    source: str,
    people: People,
    drawn: Columns,
    first: int,
    addresses: Columns,
    numbers: dict[str, int],
) -> Columns:
    person = drawn["person"]
    rng = stream(seed, f"benchmark {source}")
    updated = drawn["created_at"]
    for change in ("address_at", "email_at"):
        updated = np.maximum(updated, np.where(drawn[change] == NEVER, 0, drawn[change]))
    state = drawn["email_state"]
    hub = (state == EMAIL_TEST) & (rng.random(len(person)) < HUB_EMAIL)
    return _compact(
        {
            "source": np.full(len(person), SOURCES.index(source)),
            "number": numbers[source] + np.arange(len(person)),
            "updated_at": updated,
            "card": drawn["card"],
            **names_columns(people, person, drawn),
            **{name: drawn[name] for name in _NOISE},
            **email_columns(
                people,
                person,
                first,
                np.where(hub, EMAIL_HUB, state),
                (drawn["email_at"] != NEVER).astype(np.int8),
            ),
            **phone_columns(source, people, person, first, drawn),
            "birth_day": np.where(
                drawn["no_birth_date"] | ("birth_date" in NOT_ASKED[source]),
                NO_DAY,
                people.birth_day[person],
            ),
            **address_columns(source, people, person, drawn, addresses),
        }
    )


_NOISE = (
    "initial", "first_typo", "last_typo", "typo_kind", "typo_share", "typo_letter", "name_case",
    "name_blanks", "email_case", "email_blanks", "postcode_format", "street_short",
)  # fmt: skip


def _card_records(
    seed: int, people: People, cards: Cards, first: int, addresses: Columns
) -> Columns:
    """What the tills know: a card, and for most of them an email address."""
    rng = stream(seed, "benchmark pos")
    person, count = cards.person, len(cards.person)
    state = np.full(count, EMAIL_AS_IS, dtype=np.int8)
    state[some(rng, count, rates.CARD_EMAIL_TYPO)] = EMAIL_TYPO
    state[some(rng, count, rates.CARD_NOREPLY_EMAIL)] = EMAIL_NOREPLY
    asked = np.where(cards.known_in_crm, rates.E_RECEIPT_IN_CRM, rates.E_RECEIPT_OUTSIDE_CRM)
    state[rng.random(count) > asked] = EMAIL_EMPTY
    nothing = np.zeros(count, dtype=np.int8)
    return _compact(
        {
            "source": np.full(count, SOURCES.index("pos")),
            "number": cards.number,
            "updated_at": cards.issued_at,
            "card": cards.number,
            "first": np.full(count, NONE),
            "last": np.full(count, NONE),
            **dict.fromkeys(_NOISE, nothing),
            "typo_kind": rng.integers(0, 4, count),
            "typo_share": rng.random(count),
            "typo_letter": rng.integers(97, 123, count),
            **email_columns(people, person, first, state, nothing),
            **dict.fromkeys(("phone", "phone_area", "phone_format"), nothing),
            "phone_state": np.full(count, PHONE_EMPTY),
            "country": people.country[person],
            "birth_day": np.full(count, NO_DAY),
            **{name: values[:1].repeat(count) for name, values in addresses.items()},
            "street": np.full(count, NONE),
            "area": np.full(count, NONE),
        }
    )


_TYPES: dict[str, type] = {
    "number": np.int32, "updated_at": np.int32, "card": np.int32, "first": np.int32,
    "last": np.int32, "typo_share": np.float32, "email_owner": np.int32, "email_first": np.int32,
    "email_last": np.int32, "phone": np.int64, "birth_day": np.int32, "area": np.int32,
    "street": np.int16, "house": np.int16,
}  # fmt: skip


def _compact(columns: Columns) -> Columns:
    return {name: values.astype(_TYPES.get(name, np.int8)) for name, values in columns.items()}
