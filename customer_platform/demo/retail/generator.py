"""Generates the demo: people, their purchases, the truth, and which table lands where."""

from datetime import date
from pathlib import Path

import duckdb

from customer_platform.demo.randomness import Window
from customer_platform.demo.retail.facts import (
    render_events,
    render_order_lines,
    render_receipt_lines,
)
from customer_platform.demo.retail.orders import make_catalogue, make_order_lines
from customer_platform.demo.retail.people import make_people
from customer_platform.demo.retail.person_tables import render_people
from customer_platform.demo.retail.receipts import make_receipt_lines
from customer_platform.demo.retail.record_tables import render_records
from customer_platform.demo.retail.registrations import (
    RECORD_SOURCES,
    make_cards,
    make_registrations,
    memberships,
)
from customer_platform.demo.retail.visits import make_events
from customer_platform.demo.writing import (
    CSV,
    JSON_LINES,
    JSON_LINES_GZIP,
    PARQUET,
    DemoSummary,
    LandingTable,
    write_demo,
)

_ON_DAY = "day = date '{day}'"

TABLES = (
    LandingTable(
        "crm",
        "customers",
        "crm/customers/customers_{partition}.csv",
        CSV,
        """
        select
            format('CRM-{{:06d}}', number) as customer_id,
            first_name, last_name, email, phone, birth_date, street, postcode, city, country,
            case when card > 0 then card::varchar end as loyalty_card,
            consent as email_consent,
            created_at, updated_at
        from crm_records
        where delivered_on <= date '{day}' and replaced_on > date '{day}'
        """,
    ),
    LandingTable(
        "webshop",
        "customers",
        "webshop/customers/customers_{partition}.csv",
        CSV,
        """
        select
            number as customer_id,
            first_name, last_name, email, phone, street, postcode, city, country,
            created_at as registered_at, updated_at
        from webshop_records
        where delivered_on = date '{day}'
        """,
    ),
    LandingTable(
        "webshop",
        "order_lines",
        "webshop/order_lines/order_lines_{partition}.csv",
        CSV,
        """
        select InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID,
            Country
        from order_lines
        where """
        + _ON_DAY,
        optional=True,
    ),
    LandingTable(
        "pos",
        "receipt_lines",
        "pos/receipt_lines/receipt_lines_{partition}.parquet",
        PARQUET,
        "select * exclude (day, person) from receipt_lines where " + _ON_DAY,
    ),
    LandingTable(
        "newsletter",
        "subscribers",
        "newsletter/subscribers/subscribers_{partition}.jsonl",
        JSON_LINES,
        """
        select
            format('NL-{{:06d}}', number) as subscriber_id,
            email, first_name, last_name, postcode,
            case when profile_changed then 'unsubscribed' else 'subscribed' end as status,
            created_at as subscribed_at, updated_at
        from newsletter_records
        where
            delivered_on = date '{day}'
            -- A day without news sends the first subscriber again: no file is without a line.
            or (
                number = 1 and delivered_on <= date '{day}' and replaced_on > date '{day}'
                and not exists (
                    select 1 from newsletter_records where delivered_on = date '{day}'
                )
            )
        -- The subquery is a join, which keeps no order when several threads run it.
        order by number
        """,
    ),
    LandingTable(
        "support",
        "contacts",
        "support/contacts/contacts_{partition}.csv",
        CSV,
        """
        select
            format('SUP-{{:06d}}', number) as contact_id,
            first_name, last_name, email, phone, postcode, topic, created_at, updated_at
        from support_records
        where delivered_on = date '{day}'
        """,
    ),
    LandingTable(
        "web",
        "events",
        "web/events/events_{partition}.jsonl.gz",
        JSON_LINES_GZIP,
        "select * exclude (day) from events where " + _ON_DAY,
    ),
)


# Grain (source, source_record_id): every customer record that the landing files hold.
_TRUTH = """
create table truth as
select
    'customer' as entity, source, source_record_id,
    format('P{:07d}', person + 1) as person_id
from (
select 'crm' as source, format('CRM-{:06d}', number) as source_record_id, person
from crm_records group by all
union all
select 'webshop', number::varchar, person from webshop_records group by all
union all
select 'newsletter', format('NL-{:06d}', number), person from newsletter_records group by all
union all
select 'support', format('SUP-{:06d}', number), person from support_records group by all
union all
select 'pos', loyalty_card, person from receipt_lines where loyalty_card is not null group by all
)
"""


def generate(
    out: Path, customers: int = 5000, days: int = 60, seed: int = 42, *, end: date
) -> DemoSummary:
    """Generate a mid-size omnichannel retailer: landing files of seven tables and the truth.

    The same arguments give the same bytes. Files of the same seven tables from an earlier demo
    in `out` are replaced as a whole, whatever days they were for.

    Args:
        out: Folder to write to: `landing/` for the sources, `truth.parquet` next to it.
        customers: How many people there are behind the records.
        days: How many days of files, the last being `end`.
        seed: Seed of all draws.
        end: The newest day.

    Returns:
        What was written.

    Raises:
        DemoError: `customers` or `days` below 1, or `seed` below 0.
    """
    return write_demo(
        out,
        TABLES,
        lambda connection, window: _build_tables(connection, seed, customers, window),
        customers=customers,
        fewest=1,
        days=days,
        seed=seed,
        end=end,
    )


def _build_tables(
    connection: duckdb.DuckDBPyConnection, seed: int, customers: int, window: Window
) -> None:
    people = make_people(seed, customers, window)
    known = memberships(seed, people)
    cards, shown_card = make_cards(seed, people, known, window)
    registrations = {
        source: make_registrations(seed, source, people, known[source], shown_card, cards, window)
        for source in RECORD_SOURCES
    }
    catalogue = make_catalogue(seed)
    accounts = registrations["webshop"]
    render_people(connection, seed, people)
    render_records(connection, registrations, window)
    order_lines = make_order_lines(seed, people, accounts, catalogue, window)
    render_order_lines(connection, order_lines, accounts, catalogue)
    receipt_lines = make_receipt_lines(seed, people, known, cards, catalogue, window)
    render_receipt_lines(connection, receipt_lines, cards, catalogue)
    events = make_events(seed, people, accounts, order_lines, catalogue, window)
    render_events(connection, events, catalogue)
    connection.execute(_TRUTH)
