"""The companies that sell, who owns them, and what their records in three sources show."""

import duckdb
import numpy as np

from customer_platform.demo.marketplace import rates
from customer_platform.demo.places import COUNTRIES
from customer_platform.demo.randomness import Window, moments, pick, some, stream
from customer_platform.demo.retail.people import People
from customer_platform.demo.writing import register, words

SELLER_SOURCES = ("seller_portal", "sales_crm", "helpdesk")
TRADES = (
    "Keramiek", "Interieur", "Textiles", "Lighting", "Gifts", "Garden", "Books", "Toys", "Vintage",
    "Kitchen", "Leather", "Candles", "Paper", "Sports", "Glass", "Trading",
)  # fmt: skip
LEGAL_FORMS = {
    "NL": ("BV", "B.V."), "BE": ("NV", "N.V."), "DE": ("GmbH", "G.m.b.H."), 
    "GB": ("Ltd", "Limited"),
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
        "digits": 10_000_000
        + rng.permutation(80_000)[:count] * 1_000
        + rng.integers(0, 999, count),
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


_COMPANIES = """
create table companies as
select
    c.* exclude (trade),
    p.last_name::varchar || ' ' || c.trade::varchar as name,
    forms.short as legal_form,
    forms.long as legal_form_spelt,
    p.country::varchar as country,
    p.calling_code::varchar as calling_code,
    p.first_name::varchar as first_name,
    p.last_name::varchar as last_name,
    case when c.own_phone then p.mobile else p.landline end::varchar as phone,
    case p.country::varchar
        when 'DE' then 'HRB ' || (c.digits // 100)
        when 'BE' then '0' || (c.digits * 10 + 7)
        else c.digits::varchar
    end as registration_number,
    case p.country::varchar
        when 'NL' then 'NL' || (c.digits * 10 + 3) || 'B01'
        when 'BE' then 'BE0' || (c.digits * 10 + 7)
        else p.country::varchar || (c.digits * 10 + 3)
    end as vat_id,
    case
        when c.own_email then e.email
        else 'info@' || regexp_replace(
            lower(strip_accents(p.last_name::varchar || c.trade::varchar)), '[^a-z]', '', 'g'
        ) || c.company || '.example'
    end as email,
    a.street,
    a.postcode,
    a.city
from company_choices as c
inner join people as p on p.person = c.owner
inner join emails as e on e.person = c.owner and e.slot = 0
inner join addresses as a on a.address = 2 * p.household
inner join legal_forms as forms on forms.country = p.country::varchar
"""

_RECORDS = """
create table {source}_sellers as
select
    r.number,
    r.company,
    c.owner as person,
    greatest(r.created_at::date, $first) as delivered_on,
    r.created_at,
    r.also_buyer,
    case when not r.no_name then case
        when r.name_typo then with_typo(c.name, 2, r.typo_share, 120) || ' ' || c.legal_form
        when r.name_style = 1 then c.name
        when r.name_style = 2 then upper(c.name || ' ' || c.legal_form)
        when r.name_style = 3 then c.name || ' ' || c.legal_form_spelt
        else c.name || ' ' || c.legal_form
    end end as company_name,
    c.first_name,
    c.last_name,
    case when not r.no_registration_number then c.registration_number end as registration_number,
    case when not r.no_vat_id then case r.phone_format
        when 0 then left(c.vat_id, 2) || ' ' || substr(c.vat_id, 3)
        else c.vat_id
    end end as vat_id,
    case when r.other_email then 'sales+' || r.number || '@office.example'
        else c.email end as email,
    case when not r.no_phone then case r.phone_format
        when 0 then '+' || c.calling_code || ' ' || c.phone
        when 1 then '00' || c.calling_code || c.phone
        else '+' || c.calling_code || c.phone
    end end as phone,
    c.street,
    c.postcode,
    c.city,
    c.country
from seller_choices as r
inner join companies as c on c.company = r.company
order by r.number
"""


def render_sellers(
    connection: duckdb.DuckDBPyConnection,
    companies: dict[str, np.ndarray],
    records: dict[str, dict[str, np.ndarray]],
    window: Window,
) -> None:
    """Make the table `companies` and a table `<source>_sellers` per source, one row per record.

    Args:
        connection: Has the tables of people, and the macro `with_typo`.
        companies: What `make_companies` returns.
        records: By source, what `make_seller_records` returns.
        window: The days of the demo.
    """
    trades = np.array(TRADES, dtype=object)
    register(
        connection, "company_choices", {**companies, "trade": words(companies["trade"], trades)}
    )
    register(
        connection,
        "legal_forms",
        {
            "country": np.array(COUNTRIES, dtype=object),
            "short": np.array([LEGAL_FORMS[code][0] for code in COUNTRIES], dtype=object),
            "long": np.array([LEGAL_FORMS[code][1] for code in COUNTRIES], dtype=object),
        },
    )
    connection.execute(_COMPANIES)
    first = np.datetime64(window.first, "D").astype(object)
    for source, columns in records.items():
        register(connection, "seller_choices", columns)
        connection.execute(_RECORDS.format(source=source), {"first": first})
