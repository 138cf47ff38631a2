"""Who is recorded in which source, since when, and with which noise: decisions as numbers.

Nothing is written out here; `record_tables` turns these numbers into the values of the files.
"""

from dataclasses import dataclass

import numpy as np

from customer_platform.demo.contact_details import card_numbers
from customer_platform.demo.places import COUNTRIES
from customer_platform.demo.randomness import DAY, NEVER, Window, moments, some, stream
from customer_platform.demo.retail import rates
from customer_platform.demo.retail.people import People, change_moments

RECORD_SOURCES = ("crm", "webshop", "newsletter", "support")
FIRST_NUMBER = {"crm": 1, "webshop": 12_346, "newsletter": 1, "support": 1}
# Who is in none of the sources by chance is put into one of these.
_FALLBACK_SHARES = {"crm": 0.35, "webshop": 0.40, "newsletter": 0.15, "support": 0.10}
_TELLING_LAG_DAYS = 15

EMAIL_AS_IS, EMAIL_TYPO, EMAIL_TEST, EMAIL_NOREPLY, EMAIL_EMPTY, EMAIL_PARTNER = range(6)
PHONE_MOBILE, PHONE_LANDLINE, PHONE_ZEROS, PHONE_SEQUENCE, PHONE_EMPTY = range(5)
PHONE_INTERNATIONAL = 2  # this format and those after it carry the calling code
PHONE_FORMATS = 5


@dataclass(frozen=True)
class Cards:
    """Loyalty cards, one entry per card; people with two cards have two entries."""

    person: np.ndarray
    number: np.ndarray
    issued_at: np.ndarray
    known_in_crm: np.ndarray


def memberships(seed: int, people: People) -> dict[str, np.ndarray]:
    """Which people each source knows, as one boolean per person; `pos` means a loyalty card."""
    rng = stream(seed, "memberships")
    count = people.count
    known = {
        "crm": some(rng, count, rates.CRM_SHARE),
        "webshop": some(rng, count, rates.WEBSHOP_SHARE),
        "newsletter": some(rng, count, rates.NEWSLETTER_SHARE),
        "support": some(rng, count, rates.SUPPORT_SHARE),
    }
    card_share = np.where(known["crm"], rates.CARD_SHARE_IN_CRM, rates.CARD_SHARE_OUTSIDE_CRM)
    known["pos"] = rng.random(count) < card_share
    # Every day's newsletter file has a line because the first person is always subscribed.
    known["newsletter"][0] = True
    nowhere = ~np.logical_or.reduce(list(known.values()))
    fallback = rng.choice(len(_FALLBACK_SHARES), count, p=list(_FALLBACK_SHARES.values()))
    for number, source in enumerate(_FALLBACK_SHARES):
        known[source] |= nowhere & (fallback == number)
    return known


def make_cards(
    seed: int, people: People, known: dict[str, np.ndarray], window: Window
) -> tuple[Cards, np.ndarray]:
    """Draw the loyalty cards.

    Returns:
        The cards, and per person the position of the card the CRM shows (-1: none).
    """
    rng = stream(seed, "cards of people")
    holders = np.flatnonzero(known["pos"])
    second = holders[some(rng, len(holders), rates.TWO_CARDS)]
    person = np.concatenate([holders, second])
    issued = people.joined_day[person] + rng.exponential(30, len(person)).astype(np.int64)
    issued = np.where(issued > window.last, people.joined_day[person], issued)
    in_crm = known["crm"][person] & some(rng, len(person), rates.CARD_KNOWN_IN_CRM)
    in_crm[len(holders) :] = False  # the CRM has room for one card
    shown = np.full(people.count, -1)
    shown[holders] = np.where(in_crm[: len(holders)], np.arange(len(holders)), -1)
    cards = Cards(person, card_numbers(seed, len(person)), moments(rng, issued), in_crm)
    return cards, _with_household_cards(seed, people, known, shown)


def _with_household_cards(
    seed: int, people: People, known: dict[str, np.ndarray], shown: np.ndarray
) -> np.ndarray:
    """The cards the CRM shows, with those that people without one share with a housemate."""
    mates = shown[people.housemate]
    without = np.flatnonzero(known["crm"] & ~known["pos"] & (mates >= 0))
    rng = stream(seed, "cards of households")
    sharing = without[some(rng, len(without), rates.HOUSEHOLD_CARD)]
    together = shown.copy()
    together[sharing] = mates[sharing]
    return together


def _created(
    rng: np.random.Generator, people: People, person: np.ndarray, window: Window
) -> np.ndarray:
    joined = people.joined_day[person]
    day = joined + rng.exponential(90, len(person)).astype(np.int64)
    spread = joined + (rng.random(len(person)) * (window.last + 1 - joined)).astype(np.int64)
    return moments(rng, np.where(day > window.last, spread, day))


def _heard_at(
    rng: np.random.Generator,
    created: np.ndarray,
    changed_at: np.ndarray,
    told_rate: float,
    window: Window,
) -> np.ndarray:
    """When a record took over a change of its person: at once when created later, else if told."""
    told = some(rng, len(created), told_rate) & (changed_at != NEVER)
    lag = rng.integers(1, _TELLING_LAG_DAYS, len(created)) * DAY
    later = np.where(told, changed_at, 0) + lag
    later = np.where(told & (later < (window.last + 1) * DAY), later, NEVER)
    return np.where(changed_at <= created, created, later)


def _email_state(
    rng: np.random.Generator, source: str, people: People, person: np.ndarray
) -> np.ndarray:
    count = len(person)
    state = np.full(count, EMAIL_AS_IS, dtype=np.int8)
    with_mates = np.flatnonzero(people.household_size[person] > 1)
    state[with_mates[some(rng, len(with_mates), rates.PARTNER_EMAIL)]] = EMAIL_PARTNER
    state[some(rng, count, rates.EMAIL_TYPO)] = EMAIL_TYPO
    state[some(rng, count, rates.TEST_EMAIL[source])] = EMAIL_TEST
    state[some(rng, count, rates.NOREPLY_EMAIL[source])] = EMAIL_NOREPLY
    state[some(rng, count, rates.EMPTY[source]["email"])] = EMAIL_EMPTY
    return state


def _phone_state(
    rng: np.random.Generator, source: str, people: People, person: np.ndarray
) -> np.ndarray:
    count = len(person)
    state = np.full(count, PHONE_MOBILE, dtype=np.int8)
    landline = some(rng, count, rates.LANDLINE_GIVEN) & people.has_landline[person]
    state[landline] = PHONE_LANDLINE
    state[some(rng, count, rates.ZERO_PHONE)] = PHONE_ZEROS
    state[some(rng, count, rates.SEQUENCE_PHONE)] = PHONE_SEQUENCE
    state[some(rng, count, rates.EMPTY[source].get("phone", 1.0))] = PHONE_EMPTY
    return state


def make_registrations(
    seed: int,
    source: str,
    people: People,
    known: np.ndarray,
    shown_card: np.ndarray,
    cards: Cards,
    window: Window,
) -> dict[str, np.ndarray]:
    """Draw the records of one source, numbered by the moment of their creation.

    Returns:
        One entry per record in every column; `address_at`, `email_at` and `profile_at` are the
        moments from which the record shows the person's newer value, NEVER where it doesn't.
    """
    rng = stream(seed, f"registrations of {source}")
    once = np.flatnonzero(known)
    twice = once[some(rng, len(once), rates.REGISTERED_TWICE[source])]
    person = np.concatenate([once, twice])
    created = _created(rng, people, person, window)
    if source == "newsletter":
        created[0] = min(created[0], window.first * DAY - DAY // 2)
    order = np.lexsort((person, created))
    person, created = person[order], created[order]
    count = len(person)

    foreign = people.country[person] != COUNTRIES.index("NL")
    formats = rng.integers(0, PHONE_FORMATS, count, dtype=np.int8)
    if source == "support":
        # Without a country only the calling code says whose number it is.
        formats = np.where(foreign & (formats < PHONE_INTERNATIONAL), PHONE_INTERNATIONAL, formats)
    card = shown_card[person] if source == "crm" else np.full(count, -1)
    empty = rates.EMPTY[source]
    columns: dict[str, np.ndarray] = {
        "number": FIRST_NUMBER[source] + np.arange(count),
        "person": person,
        "created_at": created,
        "address_at": _heard_at(
            rng, created, people.moved_at[person], rates.TOLD_OF_MOVE[source], window
        ),
        "email_at": _heard_at(
            rng, created, people.email_changed_at[person], rates.TOLD_OF_EMAIL[source], window
        ),
        "profile_at": change_moments(
            rng,
            window,
            np.minimum(created // DAY + 1, window.last),
            some(rng, count, rates.PROFILE_CHANGED[source]) & (created // DAY < window.last),
        ),
        "card": np.where(card >= 0, cards.number[card], -1) if len(cards.number) else card,
        "initial": some(rng, count, rates.FIRST_NAME_INITIAL),
        "nickname": some(rng, count, rates.NICKNAME),
        "accents_dropped": some(rng, count, rates.ACCENTS_DROPPED),
        "umlaut_spelt": some(rng, count, rates.UMLAUT_SPELT_OUT),
        "first_typo": some(rng, count, rates.NAME_TYPO / 2),
        "last_typo": some(rng, count, rates.NAME_TYPO / 2),
        "typo_kind": rng.integers(0, 4, count, dtype=np.int8),
        "typo_share": rng.random(count),
        "typo_letter": rng.integers(97, 123, count, dtype=np.int8),
        "name_case": np.where(
            some(rng, count, rates.NAME_CASE_NOISE), rng.integers(1, 3, count), 0
        ),
        "name_blanks": some(rng, count, rates.NAME_BLANK_NOISE),
        "email_state": _email_state(rng, source, people, person),
        "email_case": some(rng, count, rates.EMAIL_CASE_NOISE),
        "email_blanks": some(rng, count, rates.EMAIL_BLANK_NOISE),
        "phone_state": _phone_state(rng, source, people, person),
        "phone_format": formats,
        "postcode_format": rng.integers(0, 4, count, dtype=np.int8),
        "street_short": some(rng, count, rates.STREET_ABBREVIATED),
        "consent": rng.random(count) < 0.6,
        "topic": rng.integers(0, 6, count, dtype=np.int8),
    }
    for field in ("first_name", "last_name", "birth_date", "street", "postcode"):
        columns[f"no_{field}"] = some(rng, count, empty.get(field, 0.0))
    # Nobody signs up without telling anything about themselves.
    nameless = np.isin(columns["email_state"], (EMAIL_TEST, EMAIL_NOREPLY, EMAIL_EMPTY))
    for field in ("first_name", "last_name", "postcode"):
        columns[f"no_{field}"] &= ~nameless
    return columns
