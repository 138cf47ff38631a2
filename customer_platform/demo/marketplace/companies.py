"""The companies that sell, who owns them, and their records in three sources: as numbers."""

import numpy as np

from customer_platform.demo.marketplace import rates
from customer_platform.demo.places import COUNTRIES
from customer_platform.demo.randomness import moments, pick, some, stream
from customer_platform.demo.retail.people import People, Window

SELLER_SOURCES = ("seller_portal", "sales_crm", "helpdesk")
TRADES = (
    "Keramiek", "Interieur", "Textiles", "Lighting", "Gifts", "Garden", "Books", "Toys", "Vintage",
    "Kitchen", "Leather", "Candles", "Paper", "Sports", "Glass", "Trading",
)  # fmt: skip
LEGAL_FORMS = {
    "NL": ("BV", "B.V."), "BE": ("NV", "N.V."), "DE": ("GmbH", "G.m.b.H."), "GB": ("Ltd", "Limited"),
}  # fmt: skip


def make_companies(seed: int, people: People, window: Window) -> dict[str, np.ndarray]:
    """Draw the companies: one entry per company in every column.

    Returns:
        `company` (number), `owner` (person), `created_at`, `trade` (position in TRADES),
        `digits` (what registration and VAT numbers are made of), `own_email` and `own_phone`
        (whether it uses its owner's), `rate` (commission in percent), `weight` (how much it sells).
    """
    rng = stream(seed, "companies")
    count = max(3, people.count // rates.PEOPLE_PER_COMPANY)
    owner = rng.permutation(people.count)[:count]
    second = some(rng, count, rates.OWNS_TWO)
    second[0] = False
    owner[second] = owner[0 : int(second.sum())]
    before = some(rng, count, rates.REGISTERED_BEFORE_WINDOW)
    before[0] = True
    day = np.where(
        before,
        window.first - 1 - np.minimum(rng.exponential(300, count), 1_500).astype(np.int64),
        rng.integers(window.first, window.last + 1, count),
    )
    return {
        "company": np.arange(count),
        "owner": owner,
        "created_at": moments(rng, day),
        # Of one owner's two companies the trades differ, and so do their names.
        "trade": np.where(second, len(TRADES) - 1, rng.integers(0, len(TRADES) - 1, count)),
        "digits": 10_000_000 + rng.permutation(80_000)[:count] * 1_000 + rng.integers(0, 999, count),
        "own_email": some(rng, count, rates.OWNERS_EMAIL),
        "own_phone": some(rng, count, rates.OWNERS_PHONE),
        "rate": np.array(rates.COMMISSION_RATES)[rng.integers(0, 4, count)],
        "weight": rng.gamma(0.8, 1.0, count) + 0.05,
    }


def make_seller_records(
    seed: int, source: str, companies: dict[str, np.ndarray], window: Window, first_number: int = 1
) -> dict[str, np.ndarray]:
    """Draw the records of one source of sellers, one entry per record in every column.

    Args:
        seed: Seed of all draws.
        source: One of SELLER_SOURCES.
        companies: What `make_companies` returns.
        window: The days of the demo.
        first_number: Number of the first record.
    """
    rng = stream(seed, f"sellers of {source}")
    count = len(companies["company"])
    share = {"sales_crm": rates.IN_CRM, "helpdesk": rates.IN_HELPDESK}.get(source, 1.0)
    once = np.flatnonzero(some(rng, count, share))
    company = np.concatenate([once, once[some(rng, len(once), rates.REGISTERED_TWICE[source])]])
    created = companies["created_at"][company]
    if source != "seller_portal":
        # The portal's account opens the shop; the others come to know it around then, or later.
        latest = (window.last + 1) * 86_400 - 3_600
        created = np.minimum(created + rng.integers(0, 40 * 86_400, len(company)), latest)
    empty = rates.EMPTY[source]
    records = len(company)
    return {
        "number": first_number + np.arange(records),
        "company": company,
        "created_at": created,
        "name_style": pick(rng, records, rates.NAME_STYLES[source]),
        "name_typo": some(rng, records, rates.NAME_TYPO),
        "typo_share": rng.random(records),
        "other_email": some(rng, records, rates.OTHER_EMAIL[source]),
        "phone_format": rng.integers(0, 3, records),
        "also_buyer": some(rng, records, rates.ALSO_ASKED_AS_BUYER),
        **{f"no_{field}": some(rng, records, rate) for field, rate in empty.items()},
    }


def countries_of(people: People, companies: dict[str, np.ndarray]) -> np.ndarray:
    """The country of every company, that of its owner."""
    return np.array(COUNTRIES, dtype=object)[people.country[companies["owner"]]]
