"""The people behind the records: households, names, addresses, phones, cards and their changes."""

from dataclasses import dataclass

import numpy as np

from customer_platform.demo.names import NamePool, first_names, last_names, nicknames
from customer_platform.demo.places import COUNTRIES
from customer_platform.demo.randomness import NEVER, Window, moments, pick, some, stream
from customer_platform.demo.retail import rates

HISTORY_DAYS = 700
EMAIL_STYLES = 8
EMAIL_DOMAINS = (
    "mail.example", "postbus.example", "inbox.example", "webmail.example", "thuis.example",
    "telnet.example", "brief.example", "freemail.example", "kantoor.example",
)  # fmt: skip
EMAIL_DOMAIN_SHARES = (0.34, 0.2, 0.14, 0.1, 0.07, 0.06, 0.04, 0.03, 0.02)


@dataclass(frozen=True)
class People:
    """One entry per person in every array; positions refer to `first_pool` and `last_pool`."""

    first_pool: NamePool
    last_pool: NamePool
    household: np.ndarray
    household_size: np.ndarray
    housemate: np.ndarray  # another person of the household, the person itself when alone
    country: np.ndarray
    first_name: np.ndarray
    last_name: np.ndarray
    nickname: np.ndarray  # position in first_pool, -1 without one
    birth_day: np.ndarray
    email_style: np.ndarray  # per person two, for the older and the newer address
    email_domain: np.ndarray
    has_landline: np.ndarray
    joined_day: np.ndarray
    moved_at: np.ndarray
    email_changed_at: np.ndarray

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.household)


def _households(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sizes = pick(rng, count, rates.HOUSEHOLD_SIZES).astype(np.int64) + 1
    household = np.repeat(np.arange(count), sizes)[:count]
    member = np.arange(count) - np.searchsorted(household, household)
    size = np.bincount(household)[household]
    return household, member, size


def _names(
    rng: np.random.Generator, pool: NamePool, country: np.ndarray, where: np.ndarray
) -> np.ndarray:
    names = np.zeros(len(country), dtype=np.int32)
    for number, code in enumerate(COUNTRIES):
        chosen = where & (country == number)
        names[chosen] = pool.draw(rng, code, int(chosen.sum()))
    return names


def _distinct_first_names(
    rng: np.random.Generator, pool: NamePool, country: np.ndarray, household: np.ndarray
) -> np.ndarray:
    """Housemates with one first and last name would be one person to every match rule."""
    names = _names(rng, pool, country, np.ones(len(country), dtype=bool))
    for _ in range(20):
        key = household.astype(np.int64) * len(pool.names) + names
        _, first_seen = np.unique(key, return_index=True)
        repeated = np.ones(len(country), dtype=bool)
        repeated[first_seen] = False
        if not repeated.any():
            break
        names = np.where(repeated, _names(rng, pool, country, repeated), names)
    return names


def _unlike_twins(
    seed: int,
    pool: NamePool,
    country: np.ndarray,
    first_name: np.ndarray,
    twins: np.ndarray,
    head: np.ndarray,
) -> np.ndarray:
    """First names without those that share the initial of the twin: not Jan and Johannes."""
    rng = stream(seed, "names of twins")
    initial = np.array([str(name)[0] for name in pool.names])
    names = first_name.copy()
    for person in twins:
        code = COUNTRIES[country[person]]
        while initial[names[person]] == initial[names[head[person]]]:
            names[person] = pool.draw(rng, code, 1)[0]
    return names


def _namesakes(
    seed: int, household: np.ndarray, size: np.ndarray, country: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """People who live alone, and for each the one elsewhere with the same name and birth date."""
    rng = stream(seed, "namesakes")
    chosen = rng.permutation(len(household))[: 4 * round(len(household) * rates.NAMESAKES)]
    one, other = chosen[::2], chosen[1::2]
    fit = (country[one] == country[other]) & (size[one] == 1)
    return one[fit], other[fit]


def _email_styles(rng: np.random.Generator, count: int) -> np.ndarray:
    older, newer = rng.integers(0, EMAIL_STYLES, (2, count), dtype=np.int8)
    return np.stack([older, np.where(some(rng, count, rates.NEW_EMAIL_ALIKE), older, newer)])


def change_moments(
    rng: np.random.Generator, window: Window, earliest_day: np.ndarray, changed: np.ndarray
) -> np.ndarray:
    """When each marked entry changed, NEVER for the others; half of them inside the window."""
    count = len(changed)
    start = np.where(
        rng.random(count) < rates.CHANGE_INSIDE_WINDOW, window.first, window.first - HISTORY_DAYS
    )
    start = np.minimum(np.maximum(start, earliest_day), window.last)
    day = start + (rng.random(count) * (window.last + 1 - start)).astype(np.int64)
    return np.where(changed, moments(rng, day), NEVER)


def make_people(seed: int, count: int, window: Window) -> People:
    """Draw the people of the demo."""
    rng = stream(seed, "people")
    first_pool, last_pool = first_names(), last_names()
    household, member, size = _households(rng, count)
    households = int(household[-1]) + 1
    starts = np.searchsorted(household, np.arange(households))
    head = starts[household]
    country = pick(rng, households, rates.COUNTRY_SHARES)[household]

    last_name = _names(rng, last_pool, country, np.ones(count, dtype=bool))
    family = (member > 0) & (rng.random(count) < rates.FAMILY_SHARES_LAST_NAME)
    last_name = np.where(family, last_name[head], last_name)
    first_name = _distinct_first_names(rng, first_pool, country, household)

    age = np.where(member < 2, rng.triangular(20, 42, 86, count), rng.uniform(18, 27, count))
    birth_day = window.last - (age * 365.25).astype(np.int64)
    twin = (member > 0) & some(rng, count, rates.TWINS)
    birth_day = np.where(twin, birth_day[head], birth_day)
    last_name = np.where(twin, last_name[head], last_name)
    first_name = _unlike_twins(seed, first_pool, country, first_name, np.flatnonzero(twin), head)
    namesake, double = _namesakes(seed, household, size, country)
    first_name[namesake] = first_name[double]
    last_name[namesake] = last_name[double]
    birth_day[namesake] = birth_day[double]

    before = some(rng, count, rates.JOINED_BEFORE_WINDOW)
    long_ago = window.first - 1 - np.minimum(rng.exponential(400, count), 1_800).astype(np.int64)
    joined = np.where(before, long_ago, rng.integers(window.first, window.last + 1, count))
    moved = change_moments(
        rng,
        window,
        np.full(households, window.first - HISTORY_DAYS),
        some(rng, households, rates.HOUSEHOLD_MOVED),
    )
    return People(
        first_pool=first_pool,
        last_pool=last_pool,
        household=household,
        household_size=size,
        housemate=np.where(member > 0, head, np.where(size > 1, head + 1, head)),
        country=country,
        first_name=first_name,
        last_name=last_name,
        nickname=nicknames(first_pool)[first_name],
        birth_day=birth_day,
        email_style=_email_styles(rng, count),
        email_domain=np.stack([pick(rng, count, EMAIL_DOMAIN_SHARES) for _ in range(2)]),
        has_landline=(rng.random(households) < rates.HOUSEHOLD_LANDLINE)[household],
        joined_day=joined,
        moved_at=moved[household],
        email_changed_at=change_moments(rng, window, joined, some(rng, count, rates.EMAIL_CHANGED)),
    )
