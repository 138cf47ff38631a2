"""Made-up raw tables for the benchmark of the masters: a shop's days, made by DuckDB alone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from customer_platform.declarations import read_rules
from customer_platform.identity import (
    Delta,
    OutputTables,
    Override,
    ResolutionRules,
    update_map,
)
from customer_platform.project import REPOSITORY

FIRST_DAY = date(2025, 1, 1)
_RAW_TABLES = REPOSITORY / "customer_platform_tests" / "dbt" / "raw_tables.sql"
_RULES = REPOSITORY / "customer_platform" / "defs" / "retail" / "identity" / "defs.yaml"


@dataclass(frozen=True)
class Scale:
    """How much data there is.

    Attributes:
        records: Customer records, about.
        lines: Transaction lines, over all days.
        events: Events, over all days.
        days: Days.
        ages: Days after which a further day is measured, beside `days`.
    """

    records: int
    lines: int
    events: int
    days: int
    ages: tuple[int, ...] = ()

    @property
    def accounts(self) -> int:
        """Accounts of the web shop."""
        return self.records * 55 // 100

    @property
    def people(self) -> int:
        """People behind the records."""
        return self.records * 6 // 10


SCALES = {
    "small": Scale(records=5_000, lines=50_000, events=250_000, days=60),
    "large": Scale(
        records=1_000_000, lines=10_000_000, events=50_000_000, days=365, ages=(30, 120, 240)
    ),
}


def day(number: int) -> str:
    """The ISO day of a number, the first is 0."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def create_raw_tables(connection: duckdb.DuckDBPyConnection, scale: Scale) -> None:
    """Makes the raw tables, and the customer records in them."""
    connection.execute(_RAW_TABLES.read_text())
    connection.execute("drop table identity.customer_id_map")
    # What was loaded, privacy looks through; rows without a moment it would pass over.
    for (table,) in connection.execute(
        "select distinct table_name from duckdb_columns() "
        "where schema_name = 'raw' and column_name = '_loaded_at'"
    ).fetchall():
        connection.execute(
            f"alter table raw.{table} alter column _loaded_at "
            f"set default timestamp '{datetime.now(UTC):%Y-%m-%d %H:%M:%S}'"
        )
    connection.execute(
        f"""
        insert into raw.webshop__customers by name
        select i + 1 as customer_id, 'Name ' || hash(i, 1) % 5000 as first_name,
            'Family ' || hash(i, 2) % 50000 as last_name,
            'p' || hash(i, 3) % {scale.people} || '@example.com' as email,
            'Street ' || hash(i, 4) % 9999 as street,
            (1000 + hash(i, 5) % 8999) || 'AB' as postcode,
            'City' as city, 'NL' as country, timestamp '2024-01-01' as registered_at,
            timestamp '2024-01-01' + to_minutes((hash(i, 6) % 500000)::int) as updated_at,
            date '{FIRST_DAY}' as _partition, i as _row_number
        from range({scale.accounts}) as t(i);

        insert into raw.crm__customers by name
        select 'CRM-' || i as customer_id, 'Name ' || hash(i, 11) % 5000 as first_name,
            'p' || hash(i, 13) % {scale.people} || '@example.com' as email,
            case when i % 3 = 0 then 'LC' || hash(i, 17) % {scale.people} end as loyalty_card,
            hash(i, 14) % 2 = 0 as email_consent, timestamp '2024-01-01' as created_at,
            timestamp '2024-01-01' + to_minutes((hash(i, 16) % 500000)::int) as updated_at,
            date '{FIRST_DAY}' as _partition, i as _row_number
        from range({scale.records * 25 // 100}) as t(i);
        """
    )


def insert_days(connection: duckdb.DuckDBPyConnection, scale: Scale, first: int, last: int) -> None:
    """Adds the lines and events of days, both ends included."""
    lines, events = scale.lines // scale.days, scale.events // scale.days
    cards = scale.records * 20 // 100
    # Of 33 lines one returns what an earlier line, up to some weeks ago, has sold.
    drawn = f"""
        select i, _partition, is_return, hash(origin, 1) as who, hash(origin, 2) as what, origin,
            _partition + to_seconds((hash(i, 3) % 86400)::int) as happened_at
        from (
            select i, date '{FIRST_DAY}' + (i // {lines})::int as _partition,
                hash(i, 4) % 33 = 0 and i > {lines} as is_return,
                case
                    when hash(i, 4) % 33 = 0 and i > {lines}
                    then greatest(0, i - {lines} - (hash(i, 5) % ({lines} * 20))::bigint)
                    else i
                end as origin
            from range({first * lines}, {(last + 1) * lines}) as t(i)
        )
    """
    connection.execute(
        f"""
        insert into raw.webshop__order_lines by name
        select
            if(is_return, 'C', '') || (i // 3) as "InvoiceNo", 'P' || what % 5000 as "StockCode",
            if(is_return, -1, (1 + what % 4)::int) as "Quantity", happened_at as "InvoiceDate",
            (1 + what % 50)::decimal(18, 4) as "UnitPrice",
            case when who % 5 > 0 then 1 + (who % {scale.accounts})::bigint end as "CustomerID",
            'NL' as "Country", _partition,
            'webshop/order_lines/order_lines_' || _partition || '.csv' as _source_file,
            i as _row_number
        from ({drawn}) where i % 3 > 0;

        insert into raw.pos__receipt_lines by name
        select
            'R' || i as receipt_id, 1 as line_number, happened_at as sold_at,
            case when who % 5 > 1 then 'LC' || who % {cards} end as loyalty_card,
            'P' || what % 5000 as product_code, if(is_return, -1, (1 + what % 4)::int) as quantity,
            (1 + what % 50)::decimal(18, 2) as unit_price, 'EUR' as currency,
            case when is_return and i % 2 = 0 then 'R' || origin end as original_receipt_id,
            _partition
        from ({drawn}) where i % 3 = 0;

        insert into raw.web__events by name
        select
            'e' || i as event_id, 'v' || visitor as anonymous_id,
            case
                when logged_in and i % 8 > 3
                -- From 1: an ID of zeros is none.
                then 1 + ((visitor + (hash(session, 4) % 100 = 0)::int) % {scale.accounts})::bigint
            end as account_id,
            case i % 8 when 4 then 'login' when 5 then 'add_to_cart' else 'page_view' end
                as event_type,
            _partition + to_seconds((hash(session, 5) % 86400)::int + (i % 8)::int * 50)
                as occurred_at,
            '/p/' || hash(i, 6) % 5000 as url,
            case when i % 8 = 0 and hash(session, 7) % 5 = 0 then 'google' end as utm_source,
            case when i % 8 = 0 and hash(session, 7) % 5 = 0 then 'brand' end as utm_campaign,
            _partition
        from (
            select i, i // 8 as session, date '{FIRST_DAY}' + (i // {events})::int as _partition,
                -- A browser keeps its cookie for some two months.
                {scale.records * 2 // scale.days} * (i // {events})
                + (hash(i // 8, 1) % {scale.records * 2 * 60 // scale.days})::bigint as visitor,
                hash(i // 8, 2) % 100 < 30 as logged_in
            from range({first * events}, {(last + 1) * events}) as t(i)
        );
        """
    )


def exact_rules() -> ResolutionRules:
    """The retail rules without those on similar records.

    Similar rules need the records to be compared first, and learn what links them: benchmarks of
    their own measure that, and here the customers are to be the same in every run.
    """
    rules = read_rules(_RULES)
    exact = [rule for rule in rules.match_rules if not rule.similar]
    return rules.model_copy(update={"match_rules": exact})


def resolve(warehouse: Path, overrides: tuple[Override, ...] = ()) -> float:
    """Updates the customer ID map by the exact rules; returns the seconds it took."""
    with duckdb.connect(str(warehouse)) as connection:
        summary = update_map(
            connection,
            Delta("identity.source_lookup"),
            exact_rules(),
            OutputTables("identity"),
            datetime.now(UTC),
            overrides=overrides,
        )
    return sum(summary.seconds.values())


def mergers(warehouse: Path, customers: int) -> tuple[Override, ...]:
    """Overrides that merge that many customers into as many others."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        accounts = [
            account
            for (account,) in connection.execute(
                "select min(source_record_id) from identity.customer_id_map "
                "where source = 'webshop' group by customer_id order by hash(customer_id) limit ?",
                [2 * customers],
            ).fetchall()
        ]
    return tuple(
        Override("same", "webshop", one, "webshop", other)
        for one, other in zip(accounts[::2], accounts[1::2], strict=True)
    )
