"""Generates the demo: people, their accounts and companies, the landing files and the truth."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np

from customer_platform.demo.marketplace import rates
from customer_platform.demo.marketplace.companies import (
    SELLER_SOURCES,
    make_companies,
    make_seller_records,
    render_sellers,
)
from customer_platform.demo.marketplace.landing import TABLES
from customer_platform.demo.marketplace.orders import make_trade
from customer_platform.demo.marketplace.trade_tables import render_site_events, render_trade
from customer_platform.demo.places import COUNTRIES
from customer_platform.demo.randomness import Window, some, stream
from customer_platform.demo.retail.facts import render_events
from customer_platform.demo.retail.orders import make_catalogue
from customer_platform.demo.retail.people import People, make_people
from customer_platform.demo.retail.person_tables import render_people
from customer_platform.demo.retail.record_tables import render_records
from customer_platform.demo.retail.registrations import Cards, make_registrations
from customer_platform.demo.retail.visits import make_events
from customer_platform.demo.writing import DemoSummary, register, write_demo

# A contact of a seller whose owner also has an account may have asked as both.
_HELPDESK = """
create table helpdesk_contacts as
select
    number, person, null as company, 'buyer' as role, delivered_on, first_name, last_name,
    null as company_name, null as vat_id, email, phone, postcode, created_at, updated_at
from support_records
union all
select
    s.number, s.person, s.company,
    case when s.also_buyer and s.person in (select person from webshop_records) then 'both'
        else 'seller' end,
    s.delivered_on, s.first_name, s.last_name, s.company_name, s.vat_id, s.email, s.phone,
    s.postcode, s.created_at, s.created_at
from helpdesk_sellers as s
"""

# Grain (entity, source, source_record_id). A buyer is a person, a seller is a company, and a
# party is the person who buys and owns.
_TRUTH = """
create table truth as
with buyers as (
    select 'app' as source, number::varchar as source_record_id, person from webshop_records
    group by all
    union all
    select 'helpdesk', format('HD-{:06d}', number), person from helpdesk_contacts
    where role in ('buyer', 'both') group by all
),
sellers as (
    select
        'seller_portal' as source, format('S-{:05d}', number) as source_record_id, company, person
    from seller_portal_sellers
    union all
    select 'sales_crm', format('L-{:05d}', number), company, person from sales_crm_sellers
    union all
    select 'helpdesk', format('HD-{:06d}', number), company, person from helpdesk_contacts
    where role in ('seller', 'both')
)
select 'buyer' as entity, source, source_record_id, format('P{:07d}', person + 1) as person_id
from buyers
union all
select 'seller', source, source_record_id, format('C{:07d}', company + 1) from sellers
union all
select 'party', 'buyer/' || source, source_record_id, format('P{:07d}', person + 1) from buyers
union all
select 'party', 'seller/' || source, source_record_id, format('P{:07d}', person + 1) from sellers
"""


def generate(
    out: Path, customers: int = 5000, days: int = 60, seed: int = 42, *, end: date
) -> DemoSummary:
    """Generate a marketplace: landing files of seven tables and the truth of three entities.

    The same arguments give the same bytes. Files of the same seven tables from an earlier demo
    in `out` are replaced as a whole, whatever days they were for.

    Args:
        out: Folder to write to: `landing/` for the sources, `truth.parquet` next to it.
        customers: How many people there are, who buy, sell, or do both.
        days: How many days of files, the last being `end`.
        seed: Seed of all draws.
        end: The newest day.

    Returns:
        What was written.

    Raises:
        DemoError: `customers` below 10, `days` below 1, or `seed` below 0.
    """
    return write_demo(
        out,
        TABLES,
        lambda connection, window: _build_tables(connection, seed, customers, window),
        customers=customers,
        fewest=10,
        days=days,
        seed=seed,
        end=end,
    )


def _build_tables(
    connection: duckdb.DuckDBPyConnection, seed: int, count: int, window: Window
) -> None:
    people = make_people(seed, count, window)
    companies = make_companies(seed, people, window)
    buyers = _make_buyers(seed, people, companies, window)
    accounts = buyers["webshop"]
    render_people(connection, seed, people)
    render_records(connection, buyers, window)
    first_numbers = {"helpdesk": 1 + len(buyers["support"]["number"])}
    records = {
        source: make_seller_records(seed, source, companies, window, first_numbers.get(source, 1))
        for source in SELLER_SOURCES
    }
    render_sellers(connection, companies, records, window)
    connection.execute(_HELPDESK)
    register(connection, "business_accounts", _business_accounts(seed, accounts, companies))

    catalogue = make_catalogue(seed)
    british = people.country == COUNTRIES.index("GB")
    trade = make_trade(seed, accounts, companies, british, catalogue, window)
    # Who has registered twice sells under both numbers.
    shops = np.zeros((len(companies["company"]), 2), dtype=np.int64)
    portal = records["seller_portal"]
    shops[portal["company"][::-1], 0] = portal["number"][::-1]
    shops[portal["company"], 1] = portal["number"]
    render_trade(connection, trade, accounts, shops, catalogue)
    orders = {
        "invoice": trade.lines["order_number"],
        "kind": np.zeros(len(trade.lines["order_number"]), dtype=np.int64),
        "account": trade.lines["account"],
        "happened_at": trade.lines["happened_at"],
    }
    events = make_events(seed, people, accounts, orders, catalogue, window)
    render_events(connection, events, catalogue)
    render_site_events(connection, seed, companies, shops, window)
    connection.execute(_TRUTH)


def _make_buyers(
    seed: int, people: People, companies: dict[str, np.ndarray], window: Window
) -> dict[str, dict[str, np.ndarray]]:
    """Accounts of the app, and contacts of buyers at the help desk.

    They have the quirks, and go by the names, of two sources of the demo retailer.
    """
    rng = stream(seed, "roles")
    account = some(rng, people.count, rates.ACCOUNT_SHARE)
    owners = np.unique(companies["owner"])
    account[owners] = some(rng, len(owners), rates.OWNER_BUYS)
    account[owners[0]] = True
    contact = some(rng, people.count, rates.BUYER_CONTACT_SHARE)
    contact[owners] &= account[owners]
    nothing = np.zeros(0, dtype=np.int64)
    cards, no_card = Cards(nothing, nothing, nothing, nothing), np.full(people.count, -1)
    return {
        source: make_registrations(seed, source, people, known, no_card, cards, window)
        for source, known in (("webshop", account), ("support", contact))
    }


def _business_accounts(
    seed: int, accounts: dict[str, np.ndarray], companies: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Accounts that give the VAT number of their owner's company: account number, company."""
    owned = dict(zip(companies["owner"][::-1], companies["company"][::-1], strict=True))
    owners = np.flatnonzero(np.isin(accounts["person"], companies["owner"]))
    rng = stream(seed, "business accounts")
    chosen = owners[some(rng, len(owners), rates.BUYS_FOR_COMPANY)]
    company = np.array([owned[person] for person in accounts["person"][chosen]], dtype=np.int64)
    return {"number": accounts["number"][chosen], "company": company}
