"""Till receipts of the stores: with and without loyalty card, by email or not, and returns."""

import numpy as np

from customer_platform.demo.randomness import DAY, Window, moments, some, stream, weighted
from customer_platform.demo.retail import rates
from customer_platform.demo.retail.orders import POSTAGE, STORES, Catalogue
from customer_platform.demo.retail.people import People
from customer_platform.demo.retail.registrations import (
    EMAIL_AS_IS,
    EMAIL_NOREPLY,
    EMAIL_TYPO,
    Cards,
)

NO_CARD = -1


def _sale_receipts(
    rng: np.random.Generator,
    people: People,
    known: dict[str, np.ndarray],
    cards: Cards,
    window: Window,
) -> dict[str, np.ndarray]:
    lines = rates.RECEIPT_LINES_PER_PERSON * people.count * window.days / 60
    receipts = max(1, round(lines / rates.LINES_PER_RECEIPT))
    with_card = round(receipts * rates.RECEIPTS_WITH_CARD) if len(cards.person) else 0
    # Who is known by a card alone has used it, or there would be no record of the person.
    elsewhere = np.logical_or.reduce([known[s] for s in known if s != "pos"])
    _, first_card = np.unique(cards.person, return_index=True)
    forced = first_card[~elsewhere[cards.person[first_card]]]
    card = np.concatenate(
        [
            forced,
            weighted(rng, rng.gamma(1.1, 1.0, len(cards.person)), with_card)
            if with_card
            else np.zeros(0, dtype=np.int64),
            np.full(receipts - with_card, NO_CARD),
        ]
    ).astype(np.int64)
    count = len(card)
    person = np.where(
        card == NO_CARD,
        rng.integers(0, people.count, count),
        cards.person[card] if len(cards.person) else 0,
    )
    since = np.full(count, window.first)
    if len(cards.person):
        since = np.where(card == NO_CARD, since, np.maximum(cards.issued_at[card] // DAY, since))
    day = since + (rng.random(count) * (window.last + 1 - since)).astype(np.int64)
    # A card the CRM doesn't know is tied to its owner by the email address alone.
    only_crm = np.zeros(people.count, dtype=bool)
    only_crm[cards.person[cards.known_in_crm]] = True
    only_crm[cards.person[~cards.known_in_crm]] = False
    by_email_rate = np.where(only_crm[person], rates.E_RECEIPT_IN_CRM, rates.E_RECEIPT_OUTSIDE_CRM)
    wants = rng.random(people.count)[person] < by_email_rate
    sent = rng.random(count) < np.where(
        card == NO_CARD, rates.E_RECEIPT_WITHOUT_CARD, wants * rates.E_RECEIPT_SENT
    )
    return {
        "at": moments(rng, day),
        "card": card,
        "person": person,
        "by_email": sent,
        "store": rng.integers(0, len(STORES), people.count)[person],
    }


def _lines(
    rng: np.random.Generator, receipts: dict[str, np.ndarray], catalogue: Catalogue
) -> dict[str, np.ndarray]:
    count = len(receipts["at"])
    receipt = np.repeat(np.arange(count), 1 + rng.poisson(rates.LINES_PER_RECEIPT - 1, count))
    in_store = np.where(catalogue.codes == POSTAGE, 0.0, catalogue.weights)
    product = weighted(rng, in_store, len(receipt))
    return {
        "receipt": receipt,
        "product": product,
        "quantity": rng.geometric(0.7, len(receipt)),
        "cents": catalogue.cents[product],
        "original": np.full(len(receipt), -1),
    }


def _returns(
    rng: np.random.Generator,
    receipts: dict[str, np.ndarray],
    lines: dict[str, np.ndarray],
    catalogue: Catalogue,
    window: Window,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Receipts of one returned line each; some show the receipt, some bought it long ago."""
    line = np.flatnonzero(some(rng, len(lines["receipt"]), rates.RECEIPT_LINES_RETURNED))
    bought_on = receipts["at"][lines["receipt"][line]] // DAY
    day = bought_on + 1 + rng.exponential(8, len(line)).astype(np.int64)
    line, day = line[day <= window.last], day[day <= window.last]
    count = len(line)
    sale = lines["receipt"][line]
    shows = rng.random(count) < rates.RETURN_SHOWS_RECEIPT
    long_ago = ~shows & (rng.random(count) < rates.POS_RETURN_WITHOUT_SALE)
    product = lines["product"][line]
    product = np.where(long_ago, rng.integers(0, len(catalogue.codes) - 1, count), product)
    bought = lines["quantity"][line]
    quantity = np.where(rng.random(count) < 0.8, bought, 1)
    new_receipts = {
        "at": moments(rng, day),
        "card": receipts["card"][sale],
        "person": receipts["person"][sale],
        "by_email": receipts["by_email"][sale] & (rng.random(count) < 0.5),
        "store": receipts["store"][sale],
    }
    new_lines = {
        "receipt": len(receipts["at"]) + np.arange(count),
        "product": product,
        "quantity": -quantity,
        "cents": np.where(long_ago, catalogue.cents[product], lines["cents"][line]),
        "original": np.where(shows, sale, -1),
    }
    return new_receipts, new_lines


def make_receipt_lines(
    seed: int,
    people: People,
    known: dict[str, np.ndarray],
    cards: Cards,
    catalogue: Catalogue,
    window: Window,
) -> dict[str, np.ndarray]:
    """Draw the receipt lines of the window, in the order of their files.

    Returns:
        One entry per line: `store`, `day` and `in_day` (the receipt is the in_day-th of its store
        that day), `line_number`, `sold_at`, `card` (position in `cards` or NO_CARD), `person`,
        `email_slot`, `email_state` (-1: none asked), `product`, `quantity`, `cents`, and for
        returns with the receipt shown `original_store`, `original_day`, `original_in_day`
        (else -1).
    """
    rng = stream(seed, "receipt lines")
    receipts = _sale_receipts(rng, people, known, cards, window)
    lines = _lines(rng, receipts, catalogue)
    more_receipts, more_lines = _returns(rng, receipts, lines, catalogue, window)
    receipts = {k: np.concatenate([receipts[k], more_receipts[k]]) for k in receipts}
    lines = {k: np.concatenate([lines[k], more_lines[k]]) for k in lines}

    count = len(receipts["at"])
    day = receipts["at"] // DAY
    order = np.lexsort((np.arange(count), receipts["at"], receipts["store"], day))
    store_day = day[order] * len(STORES) + receipts["store"][order]
    in_day = np.empty(count, dtype=np.int64)
    in_day[order] = np.arange(count) - np.searchsorted(store_day, store_day) + 1

    state_of_card = np.full(len(cards.person) + 1, EMAIL_AS_IS)
    state_of_card[:-1][some(rng, len(cards.person), rates.CARD_EMAIL_TYPO)] = EMAIL_TYPO
    state_of_card[:-1][some(rng, len(cards.person), rates.CARD_NOREPLY_EMAIL)] = EMAIL_NOREPLY
    email_state = np.where(receipts["by_email"], state_of_card[receipts["card"]], -1)

    sequence = np.arange(len(lines["receipt"]))
    order = np.lexsort(
        (sequence, lines["receipt"], in_day[lines["receipt"]], receipts["at"][lines["receipt"]])
    )
    lines = {name: values[order] for name, values in lines.items()}
    receipt, original = lines["receipt"], lines["original"]
    new = np.ones(len(receipt), dtype=bool)
    new[1:] = receipt[1:] != receipt[:-1]
    starts = np.flatnonzero(new)
    line_number = np.arange(len(receipt)) - starts[np.cumsum(new) - 1] + 1
    returned = original >= 0
    return {
        "store": receipts["store"][receipt],
        "day": day[receipt],
        "in_day": in_day[receipt],
        "line_number": line_number,
        "sold_at": receipts["at"][receipt],
        "card": receipts["card"][receipt],
        "person": receipts["person"][receipt],
        "email_slot": (
            receipts["at"][receipt] >= people.email_changed_at[receipts["person"][receipt]]
        ).astype(np.int64),
        "email_state": email_state[receipt],
        "product": lines["product"],
        "quantity": lines["quantity"],
        "cents": lines["cents"],
        "original_store": np.where(returned, receipts["store"][original], -1),
        "original_day": np.where(returned, day[original], -1),
        "original_in_day": np.where(returned, in_day[original], -1),
    }
