"""What people write down about themselves: phone numbers, card numbers and addresses."""

import numpy as np

from customer_platform.demo.places import COUNTRIES, POSTCODE_LETTERS, cities, streets
from customer_platform.demo.randomness import pick, stream
from customer_platform.demo.retail.people import People

MOBILE_AREA_DIGITS = (1, 3, 3, 4)  # by country: digits written before the first separator
# Coprime with every modulus used below, so that distinct people get distinct numbers.
_SPREAD = 3**18


def phone_numbers(seed: int, people: People) -> dict[str, np.ndarray]:
    """Mobile numbers, one per person, and landlines, one per household.

    Returns:
        `mobile` and `landline` as numbers without trunk zero or calling code, and
        `landline_area`, how many of a landline's first digits are its area code.
    """
    rng = stream(seed, "phones")
    offset = int(rng.integers(0, 50_000_000))
    # By country: what comes before the digits that distinguish people.
    mobile_start = np.array([610_000_000, 450_000_000, 15_100_000_000, 7_400_000_000])
    area = rng.integers(0, 3, int(people.household[-1]) + 1)[people.household]
    landline_start = np.array(
        [
            [201_000_000, 101_000_000, 301_000_000],
            [21_000_000, 31_000_000, 91_000_000],
            [3_010_000_000, 4_010_000_000, 8_910_000_000],
            [2_070_000_000, 2_080_000_000, 2_030_000_000],
        ]
    )
    line = (people.household.astype(np.int64) * _SPREAD + offset) % 9_000_000
    return {
        "mobile": mobile_start[people.country]
        + (np.arange(people.count) * _SPREAD + offset) % 50_000_000,
        "landline": landline_start[people.country, area] + line,
        "landline_area": np.array([2, 1, 2, 2])[people.country],
    }


def card_numbers(seed: int, count: int) -> np.ndarray:
    """Loyalty card numbers: 12 digits starting with 26, and an EAN-13 check digit."""
    offset = int(stream(seed, "cards").integers(0, 10**9))
    numbers = 26 * 10**10 + (np.arange(count) * _SPREAD + offset) % 10**9
    digits = numbers[:, None] // 10 ** np.arange(11, -1, -1) % 10
    check = -(digits[:, 0::2].sum(axis=1) + 3 * digits[:, 1::2].sum(axis=1)) % 10
    return numbers * 10 + check


def make_addresses(seed: int, people: People) -> dict[str, np.ndarray]:
    """Two addresses per household, the older at 2 x household and the newer right after it.

    Returns:
        Columns `address`, `country`, `city`, `street`, `postcode` (with a blank as written on
        an envelope), in the order of `address`.
    """
    rng = stream(seed, "addresses")
    households = int(people.household[-1]) + 1
    starts = np.searchsorted(people.household, np.arange(households))
    country = np.repeat(people.country[starts], 2)
    count = len(country)
    house = np.minimum(rng.geometric(1 / 45, count), 420).astype(str).astype(object)
    suffix = np.array(["", "a", "b", "c", " bis", "-2"], dtype=object)
    house = house + suffix[pick(rng, count, (0.85, 0.07, 0.03, 0.01, 0.02, 0.02))]
    city = np.empty(count, dtype=object)
    street = np.empty(count, dtype=object)
    postcode = np.empty(count, dtype=object)
    letters = np.array(list(POSTCODE_LETTERS), dtype=object)
    for number, code in enumerate(COUNTRIES):
        here = np.flatnonzero(country == number)
        if not len(here):
            continue
        pool, names = cities(code), streets(code)
        at = np.minimum(
            np.searchsorted(pool.cumulative, rng.random(len(here)), side="right"),
            len(pool.names) - 1,
        )
        span = pool.last_postcode[at] - pool.first_postcode[at] + 1
        area = pool.first_postcode[at] + (rng.random(len(here)) * span).astype(np.int64)
        one, two = rng.integers(0, 9, len(here)), rng.integers(0, 9, len(here))
        way = rng.integers(0, len(names), len(here))
        if code == "NL":
            # A Dutch postcode is one side of one street.
            way = ((area * 81 + one * 9 + two) * 2_654_435_761 % 2**32) % len(names)
            postcode[here] = area.astype(str).astype(object) + " " + letters[one] + letters[two]
        elif code == "GB":
            inward = rng.integers(1, 10, len(here)).astype(str).astype(object)
            outward = pool.areas[at] + area.astype(str).astype(object)
            postcode[here] = outward + " " + inward + letters[one] + letters[two]
        else:
            width = 5 if code == "DE" else 4
            postcode[here] = np.char.zfill(area.astype(str), width).astype(object)
        city[here] = pool.names[at]
        street[here] = (
            house[here] + " " + names[way] if code == "GB" else names[way] + " " + house[here]
        )
    return {
        "address": np.arange(count),
        "country": np.array(COUNTRIES, dtype=object)[country],
        "city": city,
        "street": street,
        "postcode": postcode,
    }
