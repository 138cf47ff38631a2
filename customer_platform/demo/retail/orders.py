"""The products of the demo retailer, and order lines of its webshop.

The lines are in the manner of the UCI Online Retail file; the stores sell the same products.
"""

from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np

from customer_platform.demo.randomness import (
    DAY,
    EPOCH,
    Window,
    moments,
    pick,
    some,
    stream,
    weighted,
)
from customer_platform.demo.retail import rates
from customer_platform.demo.retail.people import People

_MATERIALS = """
    RED BLUE GREEN PINK WHITE VINTAGE WOODEN GLASS CERAMIC KNITTED RETROSPOT PAISLEY
"""
_THINGS = """
    MUG|LUNCH BAG|CAKE TIN|TEA TOWEL|LANTERN|CANDLE HOLDER|PHOTO FRAME|WATER BOTTLE|STORAGE BOX
    |WRAPPING PAPER|BIRD ORNAMENT|DOORMAT|CUSHION COVER|WALL CLOCK|PENCIL CASE|NAPKINS SET OF 20
    |APRON|JAM JAR|PLANT POT|HOT WATER BOTTLE|BUNTING|NOTEBOOK|TOY BLOCKS|KITCHEN SCALE
"""
POSTAGE = "POST"
STORES = (
    "Amsterdam Centrum", "Utrecht", "Rotterdam", "Den Haag", "Eindhoven", "Groningen", "Zwolle",
    "Maastricht", "Gent", "Antwerpen", "Aachen", "Oldenburg",
)  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """One entry per product; popularity falls with the position."""

    codes: np.ndarray
    descriptions: np.ndarray
    cents: np.ndarray
    weights: np.ndarray


def make_catalogue(seed: int) -> Catalogue:
    """Draw the codes, prices and popularity of the products."""
    rng = stream(seed, "catalogue")
    things = [thing.strip() for thing in _THINGS.split("|")]
    names = [f"{material} {thing}" for thing, material in product(things, _MATERIALS.split())]
    count = len(names)
    numbers = 20_000 + rng.permutation(60_000)[:count]
    letter = rng.choice(["", "A", "B", "C"], count, p=[0.85, 0.07, 0.05, 0.03])
    codes = [f"{number}{mark}" for number, mark in zip(numbers, letter, strict=True)]
    cents = rng.choice([85, 125, 165, 195, 255, 295, 375, 495, 695, 850, 1_295, 1_995], count)
    weights = 1.0 / (rng.permutation(count) + 5.0) ** 0.7
    return Catalogue(
        codes=np.array([*codes, POSTAGE], dtype=object),
        descriptions=np.array([*names, "POSTAGE"], dtype=object),
        cents=np.append(cents, 1_800).astype(np.int64),
        weights=np.append(weights, weights.mean()),
    )


FIRST_INVOICE = 536_365
SALE, RETURN, WRITE_OFF, BAD_DEBT = range(4)
NOBODY = -1


def open_days(seed: int, window: Window) -> np.ndarray:
    """The days of the window on which the webshop delivers a file of order lines."""
    days = np.arange(window.first, window.last + 1)
    closed = some(stream(seed, "closed days"), len(days), rates.DAYS_WITHOUT_ORDERS)
    closed[-1:] = False
    dates = [date.fromordinal(EPOCH.toordinal() + int(day)) for day in days]
    christmas = np.array([(day.month, day.day) == (12, 25) for day in dates])
    return days[~closed & ~christmas]


def _on_open_day(rng: np.random.Generator, earliest: np.ndarray, days: np.ndarray) -> np.ndarray:
    """A random open day from `earliest` on; -1 where there is none left."""
    first = np.searchsorted(days, earliest)
    at = first + (rng.random(len(earliest)) * (len(days) - first)).astype(np.int64)
    return np.where(first < len(days), days[np.minimum(at, len(days) - 1)], -1)


def _stack(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _sales(
    rng: np.random.Generator,
    people: People,
    accounts: dict[str, np.ndarray],
    catalogue: Catalogue,
    window: Window,
    days: np.ndarray,
) -> dict[str, np.ndarray]:
    lines = rates.ORDER_LINES_PER_PERSON * people.count * window.days / 60
    orders = max(1, round(lines / rates.LINES_PER_ORDER))
    guest = some(rng, orders, rates.GUEST_ORDERS)
    if len(accounts["number"]):
        # Few customers buy often, most buy now and then.
        account = weighted(rng, rng.gamma(0.8, 1.0, len(accounts["number"])), orders)
        account = np.where(guest, NOBODY, account)
    else:
        account = np.full(orders, NOBODY)
    buyer = np.where(
        account == NOBODY,
        rng.integers(0, people.count, orders),
        accounts["person"][account] if len(accounts["person"]) else 0,
    )
    known_since = accounts["created_at"][account] if len(accounts["number"]) else np.zeros(orders)
    known_since = np.where(account == NOBODY, window.first * DAY, known_since).astype(np.int64)
    day = _on_open_day(rng, np.maximum(known_since // DAY, window.first), days)
    # Nobody orders before the account exists: on its first day ten minutes later at the earliest.
    at = np.maximum(moments(rng, day), known_since + 600)
    size = 1 + rng.poisson(rates.LINES_PER_ORDER - 1, orders)
    keep = day >= 0
    order = np.repeat(np.flatnonzero(keep), size[keep])
    count = len(order)
    product = weighted(rng, catalogue.weights, count)
    cents = catalogue.cents[product]
    cents = np.where(some(rng, count, rates.DISCOUNTED_LINES), cents * 85 // 100, cents)
    bulk = pick(rng, count, (0.7, 0.2, 0.1))
    quantity = rng.geometric(0.45, count) * np.array([1, 6, 12])[bulk]
    return {
        "document": order,
        "kind": np.full(count, SALE),
        "at": at[order],
        "product": product,
        "quantity": quantity,
        "cents": cents,
        "account": account[order],
        "country": people.country[buyer[order]].astype(np.int64),
    }


def _returns(
    rng: np.random.Generator,
    sales: dict[str, np.ndarray],
    catalogue: Catalogue,
    days: np.ndarray,
) -> dict[str, np.ndarray]:
    """Lines on C invoices: they name no sale, and some have none in the data."""
    known = sales["account"] != NOBODY
    rate = np.where(known, rates.ORDER_LINES_RETURNED, rates.GUEST_LINES_RETURNED)
    line = np.flatnonzero(rng.random(len(known)) < rate)
    later = sales["at"][line] // DAY + 1 + rng.exponential(9, len(line)).astype(np.int64)
    at = np.searchsorted(days, later)
    line, at = line[at < len(days)], at[at < len(days)]
    count = len(line)
    bought = sales["quantity"][line]
    part = np.maximum(1, (bought * rng.random(count)).astype(np.int64))
    quantity = np.where(rng.random(count) < 0.7, bought, part)
    product = sales["product"][line]
    unexplained = some(rng, count, rates.RETURN_WITHOUT_SALE)
    # Bought before the first file: either another product, or more of it than the files show.
    other = rng.integers(0, len(catalogue.codes), count)
    product = np.where(unexplained & (np.arange(count) % 2 == 0), other, product)
    quantity = np.where(unexplained, bought + 1 + rng.integers(0, 24, count), quantity)
    return {
        "document": sales["document"].max(initial=0) + 1 + np.arange(count),
        "kind": np.full(count, RETURN),
        "at": moments(rng, days[at]),
        "product": product,
        "quantity": -quantity,
        "cents": np.where(product == sales["product"][line], sales["cents"][line],
                          catalogue.cents[product]),
        "account": sales["account"][line],
        "country": sales["country"][line],
    }  # fmt: skip


def _house_lines(
    rng: np.random.Generator,
    kind: int,
    count: int,
    first_document: int,
    catalogue: Catalogue,
    days: np.ndarray,
) -> dict[str, np.ndarray]:
    """Lines that are no purchase: write-offs of stock and bad debts."""
    write_off = kind == WRITE_OFF
    return {
        "document": first_document + np.arange(count),
        "kind": np.full(count, kind),
        "at": moments(rng, rng.choice(days, count)),
        "product": rng.integers(0, len(catalogue.codes) - 1, count),
        "quantity": -rng.integers(1, 240, count) if write_off else np.ones(count, dtype=np.int64),
        "cents": np.zeros(count, dtype=np.int64)
        if write_off
        else -rng.integers(2_000, 90_000, count),
        "account": np.full(count, NOBODY),
        "country": np.zeros(count, dtype=np.int64),
    }


def make_order_lines(
    seed: int,
    people: People,
    accounts: dict[str, np.ndarray],
    catalogue: Catalogue,
    window: Window,
) -> dict[str, np.ndarray]:
    """Draw the order lines of the window, in the order of their files.

    Args:
        seed: Seed of the demo.
        people: The people of the demo.
        accounts: The webshop's registrations.
        catalogue: What is sold.
        window: The days delivered.

    Returns:
        One entry per line: `invoice` (number without its letter), `kind`, `happened_at` (whole
        minutes), `product`, `quantity`, `cents`, `account` (position in `accounts`, NOBODY for
        guests), `country`, `described` (1 as in the catalogue, 0 without description).
    """
    rng = stream(seed, "order lines")
    days = open_days(seed, window)
    if not len(days):
        lines = _house_lines(rng, WRITE_OFF, 0, 0, catalogue, np.array([window.last]))
    else:
        sales = _sales(rng, people, accounts, catalogue, window, days)
        returns = _returns(rng, sales, catalogue, days)
        write_offs = round((len(sales["at"]) + len(returns["at"])) * rates.WRITE_OFFS)
        start = max(sales["document"].max(initial=0), returns["document"].max(initial=0)) + 1
        bad_debts = max(1, window.days // rates.DAYS_PER_BAD_DEBT)
        lines = _stack(
            [
                sales,
                returns,
                _house_lines(rng, WRITE_OFF, write_offs, start, catalogue, days),
                _house_lines(rng, BAD_DEBT, bad_debts, start + write_offs, catalogue, days),
            ]
        )
    lines["at"] = lines["at"] // 60 * 60
    repeated = some(rng, len(lines["at"]), rates.REPEATED_LINES) & (lines["kind"] == SALE)
    chosen = np.concatenate([np.arange(len(lines["at"])), np.flatnonzero(repeated)])
    chosen = chosen[np.lexsort((chosen, lines["document"][chosen], lines["at"][chosen]))]
    lines = {name: values[chosen] for name, values in lines.items()}
    new_document = np.ones(len(chosen), dtype=bool)
    new_document[1:] = lines["document"][1:] != lines["document"][:-1]
    return {
        "invoice": FIRST_INVOICE - 1 + np.cumsum(new_document),
        "kind": lines["kind"],
        "happened_at": lines["at"],
        "product": lines["product"],
        "quantity": lines["quantity"],
        "cents": lines["cents"],
        "account": lines["account"],
        "country": lines["country"],
        "described": ~some(rng, len(chosen), rates.MISSING_DESCRIPTION),
    }
