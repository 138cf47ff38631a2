"""Visits to the website: anonymous browsing, log-ins, orders, shared devices."""

import numpy as np

from customer_platform.demo.randomness import DAY, Window, moments, some, stream, weighted
from customer_platform.demo.retail import rates
from customer_platform.demo.retail.orders import NOBODY, SALE, Catalogue
from customer_platform.demo.retail.people import People

PAGE_VIEW, PRODUCT_VIEW, ADD_TO_CART, LOGIN, SIGNUP, PURCHASE = range(6)
EVENT_TYPES = ("page_view", "product_view", "add_to_cart", "login", "signup", "purchase")
CAMPAIGNS = (
    ("google", "brand"), ("google", "gifts"), ("newsletter", "weekly"), ("instagram", "new_home"),
    ("facebook", "retargeting"), ("partner", "cashback"),
)  # fmt: skip
NOBODY_KNOWN = -1


def _order_visits(rng: np.random.Generator, orders: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """One visit per tracked order of an account; it ends in the purchase."""
    first_line = np.ones(len(orders["invoice"]), dtype=bool)
    first_line[1:] = orders["invoice"][1:] != orders["invoice"][:-1]
    line = np.flatnonzero(first_line & (orders["kind"] == SALE) & (orders["account"] != NOBODY))
    line = line[some(rng, len(line), rates.ORDERS_TRACKED)]
    size = 5 + rng.poisson(1, len(line))
    return {
        "account": orders["account"][line],
        "end": orders["happened_at"][line] + 30,
        "size": size,
        "invoice": orders["invoice"][line],
        "known_from": np.minimum(2, size - 2),
        "signup": np.zeros(len(line), dtype=bool),
    }


def _signup_visits(
    rng: np.random.Generator, accounts: dict[str, np.ndarray], window: Window
) -> dict[str, np.ndarray]:
    """One visit per account registered in the window; its last event is the sign-up."""
    account = np.flatnonzero(accounts["created_at"] >= window.first * DAY)
    size = 2 + rng.poisson(1, len(account))
    return {
        "account": account,
        "end": accounts["created_at"][account],
        "size": size,
        "invoice": np.full(len(account), -1),
        "known_from": size - 1,
        "signup": np.ones(len(account), dtype=bool),
    }


def _browsing_visits(
    rng: np.random.Generator, accounts: dict[str, np.ndarray], window: Window, count: int
) -> dict[str, np.ndarray]:
    """Visits without a purchase: of accounts, logged in or not, and of people never known."""
    # One visit of a stranger on every day: a day's file is never without a line.
    daily = np.arange(window.first, window.last + 1)
    stranger = some(rng, count, rates.VISITS_NEVER_KNOWN)
    if len(accounts["number"]):
        account = weighted(rng, rng.gamma(0.7, 1.0, len(accounts["number"])), count)
        account = np.where(stranger, NOBODY_KNOWN, account)
        known_since = np.where(stranger, 0, accounts["created_at"][account])
    else:
        account = np.full(count, NOBODY_KNOWN)
        known_since = np.zeros(count, dtype=np.int64)
    day = rng.integers(window.first, window.last + 1, count)
    end = moments(rng, day)
    size = 1 + rng.poisson(rates.EVENTS_PER_VISIT - 1, count)
    logs_in = (rng.random(count) < rates.VISIT_LOGS_IN) & (account != NOBODY_KNOWN)
    # Half an hour covers a whole visit: no one logs in before the account exists.
    logs_in &= (end - 1_800 > known_since) & (size > 1)
    known_from = 1 + (rng.random(count) * (size - 1)).astype(np.int64)
    return {
        "account": np.concatenate([account, np.full(len(daily), NOBODY_KNOWN)]),
        "end": np.concatenate([end, moments(rng, daily)]),
        "size": np.concatenate([size, np.ones(len(daily), dtype=np.int64)]),
        "invoice": np.full(count + len(daily), -1),
        "known_from": np.concatenate(
            [np.where(logs_in, known_from, size), np.ones(len(daily), dtype=np.int64)]
        ),
        "signup": np.zeros(count + len(daily), dtype=bool),
    }


def _devices(rng: np.random.Generator, people: People, person: np.ndarray) -> np.ndarray:
    """The anonymous id of each visit as a number: own devices, the household's, or a stranger's."""
    count = len(person)
    devices = rng.integers(1, rates.MAX_DEVICES + 1, people.count)[person]
    which = np.minimum((rng.random(count) ** 2 * devices).astype(np.int64), devices - 1)
    own = person * rates.MAX_DEVICES + which
    shared = (rng.random(count) < rates.SHARED_DEVICE_VISITS) & (people.household_size[person] > 1)
    beyond_own = people.count * rates.MAX_DEVICES
    beyond_shared = beyond_own + int(people.household[-1]) + 1
    known = np.where(shared, beyond_own + people.household[person], own)
    # A stranger comes back a few times at most.
    strangers = beyond_shared + rng.integers(0, max(1, count // 4), count)
    return np.where(person == NOBODY_KNOWN, strangers, known)


def make_events(
    seed: int,
    people: People,
    accounts: dict[str, np.ndarray],
    orders: dict[str, np.ndarray],
    catalogue: Catalogue,
    window: Window,
) -> dict[str, np.ndarray]:
    """Draw the events of the window, in the order of their files.

    Returns:
        One entry per event: `device` (number of the anonymous id), `account_id` (-1 where the
        visitor isn't logged in), `event_type` (position in EVENT_TYPES), `occurred_at`, `product`,
        `invoice` (-1 but for purchases), `campaign` (position in CAMPAIGNS, -1 for none).
    """
    rng = stream(seed, "events")
    visits = [_order_visits(rng, orders), _signup_visits(rng, accounts, window)]
    wanted = rates.EVENTS_PER_PERSON * people.count * window.days / 60
    left = wanted - sum(int(part["size"].sum()) for part in visits)
    visits.append(
        _browsing_visits(rng, accounts, window, max(0, round(left / rates.EVENTS_PER_VISIT)))
    )
    visit = {name: np.concatenate([part[name] for part in visits]) for name in visits[0]}
    has_account = visit["account"] != NOBODY_KNOWN
    person = np.full(len(visit["end"]), NOBODY_KNOWN)
    person[has_account] = accounts["person"][visit["account"][has_account]]
    device = _devices(rng, people, person)

    of = np.repeat(np.arange(len(visit["end"])), visit["size"])
    first = np.cumsum(visit["size"]) - visit["size"]
    step = np.arange(len(of)) - first[of]
    from_end = visit["size"][of] - 1 - step
    at = visit["end"][of] - from_end * 60 - np.where(from_end > 0, rng.integers(0, 50, len(of)), 0)

    kind = np.where(rng.random(len(of)) < 0.6, PRODUCT_VIEW, PAGE_VIEW)
    kind[step == 0] = PAGE_VIEW
    known = step >= visit["known_from"][of]
    kind[(kind == PRODUCT_VIEW) & (rng.random(len(of)) < 0.15)] = ADD_TO_CART
    kind[(step == visit["known_from"][of]) & has_account[of]] = LOGIN
    ordered = visit["invoice"][of] >= 0
    kind[ordered & (from_end == 1)] = ADD_TO_CART
    kind[ordered & (from_end == 0)] = PURCHASE
    kind[visit["signup"][of] & (from_end == 0)] = SIGNUP
    campaign = np.where(
        rng.random(len(person)) < rates.CAMPAIGN_VISITS,
        rng.integers(0, len(CAMPAIGNS), len(person)),
        -1,
    )
    account_number = np.full(len(person), -1)
    account_number[has_account] = accounts["number"][visit["account"][has_account]]
    columns = {
        "device": device[of],
        "account_id": np.where(known, account_number[of], -1),
        "event_type": kind,
        "occurred_at": at,
        "product": weighted(rng, catalogue.weights, len(of)),
        "invoice": np.where(kind == PURCHASE, visit["invoice"][of], -1),
        "campaign": np.where(step == 0, campaign[of], -1),
    }
    order = np.lexsort((np.arange(len(of)), at))
    return {name: values[order] for name, values in columns.items()}
