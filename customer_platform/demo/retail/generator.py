"""Generates the demo: people, their records and purchases, the landing files and the truth."""

import os
from datetime import date, timedelta
from pathlib import Path

import duckdb

from customer_platform.demo.retail.catalogue import make_catalogue
from customer_platform.demo.retail.facts import (
    render_events,
    render_order_lines,
    render_receipt_lines,
)
from customer_platform.demo.retail.landing import remove_earlier_demo, write_files
from customer_platform.demo.retail.orders import make_order_lines
from customer_platform.demo.retail.people import Window, make_people
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
from customer_platform.demo.summary import DemoError, DemoSummary

# Grain (source, source_record_id): every customer record that the landing files hold.
_TRUTH = """
create table truth as
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
"""


def generate(
    out: Path, customers: int = 5000, days: int = 60, seed: int = 42, *, end: date
) -> DemoSummary:
    """Generate a mid-size omnichannel retailer: landing files of seven tables and the truth.

    The same arguments give the same bytes. Files of the same seven tables from an earlier demo
    in `out` are replaced as a whole, whatever days they were for.

    Args:
        out: Folder to write to: `landing/` for the sources, `truth.parquet` beside it.
        customers: How many people there are behind the records.
        days: How many days of files, the last being `end`.
        seed: Seed of all draws.
        end: The newest day.

    Returns:
        What was written.

    Raises:
        DemoError: `customers` or `days` below 1, or `seed` below 0.
    """
    for name, value, least in (("customers", customers, 1), ("days", days, 1), ("seed", seed, 0)):
        if value < least:
            raise DemoError(f"{name} is {value}: must be at least {least}")
    window = Window.ending(end, days)
    first = end - timedelta(days=days - 1)
    landing, truth = out / "landing", out / "truth.parquet"
    landing.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"temp_directory": str(out / ".duckdb_tmp")}) as connection:
        _build_tables(connection, seed, customers, window)
        remove_earlier_demo(landing)
        files, rows = write_files(connection, landing, first, days)
        records = _write_truth(connection, truth)
    return DemoSummary(landing, truth, first, end, customers, records, files, rows)


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


def _write_truth(connection: duckdb.DuckDBPyConnection, truth: Path) -> dict[str, int]:
    connection.execute(_TRUTH)
    partial = truth.with_name("." + truth.name)
    quoted = str(partial).replace("'", "''")
    connection.execute(
        f"""
        copy (
            select
                'customer' as entity, source, source_record_id,
                format('P{{:07d}}', person + 1) as person_id
            from truth
            order by source, source_record_id
        ) to '{quoted}' (format parquet, compression zstd)
        """
    )
    os.replace(partial, truth)
    return dict(
        connection.execute(
            "select source, count(*) from truth group by source order by source"
        ).fetchall()
    )
