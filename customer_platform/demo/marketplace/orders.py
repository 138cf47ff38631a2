"""Order lines, refunds and corrected commissions of the app, as numbers."""

from dataclasses import dataclass

import numpy as np

from customer_platform.demo.marketplace import rates
from customer_platform.demo.randomness import DAY, Window, moments, some, stream, weighted
from customer_platform.demo.retail.orders import Catalogue

FIRST_ORDER = 700_001
NOBODY = -1


@dataclass(frozen=True)
class Trade:
    """One entry per line, refund or correction in every column; money is in cents.

    Attributes:
        lines: `order_number`, `line`, `account` (position, NOBODY for guests), `company`,
            `product`, `quantity`, `cents`, `commission`, `shipping`, `pounds`, `happened_at`.
        refunds: `sale` (position of the line that it is of), `order_number`, `names_line`,
            `account`, `company`, `product`, `quantity`, `cents`, `commission`, `shipping`,
            `pounds`, `happened_at`.
        corrections: `sale`, `commission` (negative: given back to the seller), `happened_at`.
    """

    lines: dict[str, np.ndarray]
    refunds: dict[str, np.ndarray]
    corrections: dict[str, np.ndarray]


def make_trade(
    seed: int,
    accounts: dict[str, np.ndarray],
    companies: dict[str, np.ndarray],
    british: np.ndarray,
    catalogue: Catalogue,
    window: Window,
) -> Trade:
    """Draw what is bought and returned.

    Args:
        seed: Seed of all draws.
        accounts: `person` and `created_at` of every buyer's account.
        companies: What `make_companies` returns.
        british: Per person, whether they pay in pounds.
        catalogue: The products.
        window: The days of the demo.
    """
    lines = _lines(seed, accounts, companies, british, catalogue, window)
    return Trade(lines, _refunds(seed, lines, catalogue, window), _corrections(seed, lines, window))


def _lines(
    seed: int,
    accounts: dict[str, np.ndarray],
    companies: dict[str, np.ndarray],
    british: np.ndarray,
    catalogue: Catalogue,
    window: Window,
) -> dict[str, np.ndarray]:
    rng = stream(seed, "marketplace orders")
    count = max(1, round(rates.ORDERS_PER_ACCOUNT * len(accounts["person"]) * window.days / 60))
    account = weighted(rng, rng.gamma(0.8, 1.0, len(accounts["person"])), count)
    day = rng.integers(window.first, window.last + 1, count)
    # Nobody orders before the account exists, and no day is without an order.
    day[: window.days] = np.arange(window.first, window.last + 1)[: len(day)]
    at = moments(rng, day)
    person = accounts["person"][account]
    guest = some(rng, count, rates.GUEST_ORDERS) | (at < accounts["created_at"][account] + 600)
    by_time = np.argsort(at, kind="stable")
    account, person, at, guest = (each[by_time] for each in (account, person, at, guest))

    size = 1 + rng.poisson(rates.LINES_PER_ORDER - 1, count)
    order = np.repeat(np.arange(count), size)
    seller = weighted(rng, companies["weight"], len(order))
    # A shop that doesn't exist yet can't sell: the oldest sells instead.
    oldest = int(np.argmin(companies["created_at"]))
    seller = np.where(companies["created_at"][seller] > at[order], oldest, seller)
    own = np.full(int(max(person.max(), companies["owner"].max())) + 1, NOBODY)
    own[companies["owner"]] = companies["company"]
    company_of_buyer = own[person[order]]
    open_already = companies["created_at"][company_of_buyer] <= at[order]
    from_own = (company_of_buyer != NOBODY) & open_already & ~guest[order]
    from_own[from_own] = some(rng, int(from_own.sum()), rates.OWN_SHOP_ORDERS)
    seller = np.where(from_own, company_of_buyer, seller)

    product = weighted(rng, catalogue.weights[:-1], len(order))
    quantity = rng.geometric(0.55, len(order))
    cents = catalogue.cents[product] * rng.integers(90, 131, len(order)) // 100
    commission = (quantity * cents * companies["rate"][seller] + 50) // 100
    return {
        "order_number": FIRST_ORDER + order,
        "line": np.arange(len(order)) - np.searchsorted(order, order) + 1,
        "account": np.where(guest[order], NOBODY, account[order]),
        "company": seller,
        "product": product,
        "quantity": quantity,
        "cents": cents,
        "commission": commission,
        "shipping": np.array(rates.SHIPPING_CENTS)[rng.integers(0, 4, len(order))],
        "pounds": british[person[order]],
        "happened_at": at[order],
    }


def _refunds(
    seed: int, lines: dict[str, np.ndarray], catalogue: Catalogue, window: Window
) -> dict[str, np.ndarray]:
    rng = stream(seed, "marketplace refunds")
    end = (window.last + 1) * DAY
    returnable = np.flatnonzero(lines["happened_at"] + 2 * DAY < end)
    sale = returnable[some(rng, len(returnable), rates.LINES_RETURNED)]
    count = len(sale)
    sold = lines["quantity"][sale]
    quantity = 1 + (rng.random(count) * sold).astype(np.int64)
    latest = np.minimum(end - 60 - lines["happened_at"][sale], 21 * DAY)
    at = lines["happened_at"][sale] + DAY + (rng.random(count) * (latest - DAY)).astype(np.int64)
    # What no one has bought: a product that no line sells comes back.
    unsold = some(rng, count, rates.RETURN_WITHOUT_SALE)
    never_sold = np.setdiff1d(np.arange(len(catalogue.codes) - 1), lines["product"])
    unsold &= len(never_sold) > 0
    product = np.where(unsold, never_sold[0] if len(never_sold) else 0, lines["product"][sale])
    refunds = {
        "sale": sale,
        "order_number": lines["order_number"][sale],
        "names_line": some(rng, count, rates.RETURN_NAMES_LINE) & ~unsold,
        "account": lines["account"][sale],
        "company": lines["company"][sale],
        "product": product,
        "quantity": quantity,
        "cents": lines["cents"][sale],
        "commission": lines["commission"][sale] * quantity // sold,
        "shipping": np.where(quantity == sold, lines["shipping"][sale], 0),
        "pounds": lines["pounds"][sale],
        "happened_at": at,
    }
    by_time = np.argsort(at, kind="stable")
    return {name: values[by_time] for name, values in refunds.items()}


def _corrections(seed: int, lines: dict[str, np.ndarray], window: Window) -> dict[str, np.ndarray]:
    rng = stream(seed, "marketplace corrections")
    sale = np.flatnonzero(some(rng, len(lines["order_number"]), rates.LINES_CORRECTED))
    at = np.minimum(lines["happened_at"][sale] + 3_600, (window.last + 1) * DAY - 60)
    return {"sale": sale, "commission": -(lines["commission"][sale] // 2), "happened_at": at}
