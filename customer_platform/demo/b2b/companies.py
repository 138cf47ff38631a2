"""The companies that buy, their groups, and their records in CRM and ERP: as numbers."""

import numpy as np

from customer_platform.demo.b2b import rates
from customer_platform.demo.places import COUNTRIES
from customer_platform.demo.randomness import DAY, Window, moments, pick, some, stream
from customer_platform.demo.retail.rates import COUNTRY_SHARES

TRADES = (
    "Logistics", "Transport", "Bouw", "Installatie", "Software", "Consulting", "Foods", "Metaal",
    "Textiles", "Print", "Energy", "Verpakkingen", "Machines", "Security", "Catering", "Media",
    "Agro", "Plastics", "Chemie", "Elektro", "Medical", "Optics", "Interieur", "Trading",
)  # fmt: skip
# By country: the same legal form as people write it.
LEGAL_FORMS = {
    "NL": ("B.V.", "BV", "b.v."),
    "BE": ("NV", "N.V.", "nv"),
    "DE": ("GmbH & Co. KG", "GmbH & Co KG", "GMBH & CO. KG"),
    "GB": ("Ltd", "Limited", "Ltd."),
}
RECORD_SOURCES = ("crm", "erp")


def make_companies(seed: int, count: int, window: Window) -> dict[str, np.ndarray]:
    """Draw the companies: one entry per company in every column.

    The last three companies own each other in a circle in the CRM: the first two are each other's
    parent, and the third is a subsidiary of the first.

    Returns:
        `company`, `country` (position in COUNTRIES), `level` (0 is the top of a group), `parent`
        (-1 without one), `shares_domain`, `same_address` (both with
        the parent), `no_domain`, `trade`, `two_names`, `digits` (of the
        registration number, the same for companies of different countries now and then),
        `known_at` and `weight` (how much it buys).
    """
    rng = stream(seed, "companies")
    level = pick(rng, count, rates.LEVEL_SHARES).astype(np.int64)
    level[0] = 0
    level[-3:] = 0
    parent = np.full(count, -1)
    for depth in (1, 2, 3):
        above = np.flatnonzero(level[:-3] == depth - 1)
        below = np.flatnonzero(level == depth)
        if len(above):
            parent[below] = above[rng.integers(0, len(above), len(below))]
        else:
            level[below] = 0
    country = pick(rng, count, COUNTRY_SHARES).astype(np.int64)
    digits = np.zeros(count, dtype=np.int64)
    for number in range(len(COUNTRIES)):
        here = country == number
        digits[here] = 10_000_000 + np.arange(here.sum()) * 37
    parent[-3:] = (count - 2, count - 3, count - 3)
    before = some(rng, count, rates.KNOWN_BEFORE_WINDOW)
    day = np.where(
        before,
        window.first - 30 - rng.integers(0, 900, count),
        rng.integers(window.first, window.last + 1, count),
    )
    day[-3:] = window.first - 30
    return {
        "company": np.arange(count),
        "country": country,
        "level": level,
        "parent": parent,
        "shares_domain": (parent >= 0) & some(rng, count, rates.SHARES_DOMAIN),
        "same_address": (parent >= 0) & some(rng, count, rates.SAME_ADDRESS),
        "no_domain": (parent < 0) & some(rng, count, rates.NO_DOMAIN),
        "trade": rng.integers(0, len(TRADES), count),
        "two_names": some(rng, count, 0.1),
        "digits": digits,
        "known_at": moments(rng, day),
        "weight": rng.gamma(0.8, 1.0, count) + 0.05,
    }


def make_account_records(
    seed: int, source: str, companies: dict[str, np.ndarray], window: Window
) -> dict[str, np.ndarray]:
    """Draw the records of one source of companies, one entry per record in every column.

    Args:
        seed: Seed of all draws.
        source: One of RECORD_SOURCES.
        companies: What `make_companies` returns.
        window: The days of the demo.

    Returns:
        `number`, `company`, `created_at`, whether the record has a `registration`, `vat`,
        `website`, `head_office` and `other_address`, and how its name is spelt: `spelling`
        (position in LEGAL_FORMS, -1 without), `upper`, `typo`; `style` of numbers and websites;
        `wrong_parent`.
    """
    rng = stream(seed, f"accounts of {source}")
    in_crm = source == "crm"
    count = len(companies["company"])
    known = some(rng, count, rates.IN_CRM if in_crm else rates.IN_ERP)
    if in_crm:
        # Every parent is an account of the CRM, and so are the three in the circle.
        known[companies["parent"][companies["parent"] >= 0]] = True
        known[-3:] = True
    once = np.flatnonzero(known)
    twice = rates.TWICE_IN_CRM if in_crm else rates.TWICE_IN_ERP
    company = np.concatenate([once, once[some(rng, len(once), twice)]])
    records = len(company)
    latest = (window.last + 1) * DAY - 3_600
    later = rng.integers(0, 20 * DAY, records)
    return {
        "number": 1 + np.arange(records),
        "company": company,
        "created_at": np.minimum(companies["known_at"][company] + later, latest),
        "registration": some(rng, records, rates.NUMBER_IN_CRM if in_crm else rates.NUMBER_IN_ERP),
        "vat": some(rng, records, rates.VAT_IN_CRM if in_crm else rates.VAT_IN_ERP),
        "website": some(rng, records, rates.WEBSITE_IN_CRM),
        "head_office": some(rng, records, rates.HEAD_OFFICE_IN_ERP),
        "wrong_parent": some(rng, records, rates.WRONG_HEAD_OFFICE),
        "other_address": some(rng, records, 0.02 if in_crm else rates.OTHER_ADDRESS_IN_ERP),
        "spelling": np.where(
            some(rng, records, rates.WITHOUT_FORM), -1, rng.integers(0, 3, records)
        ),
        "upper": some(rng, records, rates.UPPER_CASE),
        "typo": some(rng, records, rates.TYPO_IN_NAME),
        "style": rng.integers(0, 3, records),
    }
