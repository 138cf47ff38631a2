"""The files of the demo: which table goes where, in which format, with which columns."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

CSV = "format csv, header"
JSON_LINES = "format json, timestampformat '%Y-%m-%dT%H:%M:%S'"
JSON_LINES_GZIP = JSON_LINES + ", compression gzip"
PARQUET = "format parquet, compression zstd"


@dataclass(frozen=True)
class LandingTable:
    """One table of a source: a file per day at `template`, holding what `query` selects.

    `query` is SQL with the day as the parameter `{day}`; `optional` tables have no file on a day
    without rows.
    """

    source: str
    name: str
    template: str
    options: str
    query: str
    optional: bool = False

    @property
    def full_name(self) -> str:
        """Name as in the warehouse, `<source>__<table>`."""
        return f"{self.source}__{self.name}"


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


def _files(landing: Path, table: LandingTable) -> Iterator[Path]:
    pattern = table.template.replace("{partition}", "[0-9]" * 4 + ("-" + "[0-9]" * 2) * 2)
    yield from landing.glob(pattern)


def remove_earlier_demo(landing: Path, tables: Sequence[LandingTable] = TABLES) -> None:
    """Remove the files of the tables: days of an earlier demo would mix two populations."""
    for table in tables:
        for file in _files(landing, table):
            file.unlink()


def write_files(
    connection: duckdb.DuckDBPyConnection,
    landing: Path,
    first: date,
    days: int,
    tables: Sequence[LandingTable] = TABLES,
) -> tuple[dict[str, int], dict[str, int]]:
    """Write a file per table and day.

    Each file appears under its name only when complete, so that a sensor that watches the folder
    never reads half of one.

    Returns:
        Files and rows per table, both by the table's full name.
    """
    files, rows = {}, {}
    for table in tables:
        (landing / table.template).parent.mkdir(parents=True, exist_ok=True)
        files[table.full_name] = rows[table.full_name] = 0
        for number in range(days):
            day = first + timedelta(days=number)
            file = landing / table.template.format(partition=day.isoformat())
            partial = file.with_name("." + file.name)
            quoted = str(partial).replace("'", "''")
            written = connection.execute(
                f"copy ({table.query.format(day=day.isoformat())}) to '{quoted}' ({table.options})"
            ).fetchall()[0][0]
            if table.optional and not written:
                partial.unlink()
                continue
            os.replace(partial, file)
            files[table.full_name] += 1
            rows[table.full_name] += written
    return files, rows
