"""Where households live, as numbers; the cities and streets are the demo's."""

from typing import Any

import numpy as np
import numpy.typing as npt

from customer_platform.demo.places import COUNTRIES, POSTCODE_LETTERS, cities, streets
from customer_platform.demo.randomness import pick, stream
from customer_platform.demo.retail.people import People

SUFFIXES = ("", "a", "b", "c", " bis", "-2")
_SUFFIX_SHARES = (0.85, 0.07, 0.03, 0.01, 0.02, 0.02)

STREETS = np.concatenate([streets(code) for code in COUNTRIES])
# Letters before a British postcode; the empty text for every other city.
AREAS = np.concatenate([cities(code).areas for code in COUNTRIES])
LETTERS = np.array(list(POSTCODE_LETTERS), dtype=object)


def make_addresses(seed: int, people: People) -> dict[str, npt.NDArray[Any]]:
    """Draws two addresses per household, the older at 2 x household and the newer right after it.

    Returns:
        `city` and `street` (positions in `AREAS` and `STREETS`), `area` (the digits of the
        postcode's first part), `letter_1` and `letter_2` (positions in `LETTERS`), `house` and
        `suffix`.
    """
    rng = stream(seed, "benchmark addresses")
    households = int(people.household[-1]) + 1
    starts = np.searchsorted(people.household, np.arange(households))
    country = np.repeat(people.country[starts], 2)
    count = len(country)
    city, street, area = (np.empty(count, dtype=np.int64) for _ in range(3))
    letter_1, letter_2 = rng.integers(0, 9, count), rng.integers(0, 9, count)
    cities_before = streets_before = 0
    for number, code in enumerate(COUNTRIES):
        here = np.flatnonzero(country == number)
        pool, ways = cities(code), len(streets(code))
        at = np.searchsorted(pool.cumulative, rng.random(len(here)), side="right")
        at = np.minimum(at, len(pool.names) - 1)
        span = pool.last_postcode[at] - pool.first_postcode[at] + 1
        area[here] = pool.first_postcode[at] + (rng.random(len(here)) * span).astype(np.int64)
        way = rng.integers(0, ways, len(here))
        if code == "NL":
            # A Dutch postcode is one side of one street.
            side = area[here] * 81 + letter_1[here] * 9 + letter_2[here]
            way = (side * 2_654_435_761 % 2**32) % ways
        city[here] = cities_before + at
        street[here] = streets_before + way
        cities_before += len(pool.names)
        streets_before += ways
    return {
        "city": city,
        "street": street,
        "area": area,
        "letter_1": letter_1,
        "letter_2": letter_2,
        "house": np.minimum(rng.geometric(1 / 45, count), 420),
        "suffix": pick(rng, count, _SUFFIX_SHARES),
    }
