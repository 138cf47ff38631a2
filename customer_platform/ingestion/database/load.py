"""Days of a database's table into a raw table, atomically.

Rows go into a Parquet file a day first, and none is seen before all are there.
"""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches
from pathlib import Path

import duckdb

from customer_platform.errors import DatabaseError, IngestionError
from customer_platform.ingestion.casts import to_declared
from customer_platform.ingestion.database.connection import reading
from customer_platform.ingestion.database.reader import DatabaseReader
from customer_platform.ingestion.database.spec import DatabaseTableSpec
from customer_platform.ingestion.database.url import DatabaseUrl, read_url
from customer_platform.ingestion.load import LoadResult, load_partitions
from customer_platform.ingestion.tables import create_tables
from customer_platform.warehouse.base import Engine
from customer_platform.warehouse.duckdb import IN_WAREHOUSE
from customer_platform.warehouse.sql import identifier, literal


def load_database_partitions(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    variable: str,
    table: DatabaseTableSpec,
    partitions: Sequence[str],
    today: date | None = None,
    engine: Engine = IN_WAREHOUSE,
) -> LoadResult:
    """Replace partitions of a raw table by what a database holds for them.

    All rows are fetched before the first is loaded, so a database that goes away half-way leaves
    every partition as it was. Rows are checked as those of files are.

    Args:
        connection: A connection to the warehouse without an open transaction.
        source: Name of the source.
        variable: Environment variable that holds the database's URL.
        table: What is declared.
        partitions: Days, 'YYYY-MM-DD'. Of a snapshot only the last one is read, see
            `readable_days`.
        today: The day it is, by default in UTC.
        engine: Where the raw table is kept.

    Raises:
        ValueError: A partition is no day.
        TableMismatchError: The raw table has a column of another type than is declared.
    """
    wanted = sorted(set(partitions))
    create_tables(connection, source, table, engine)
    days = readable_days(table, wanted, today or datetime.now(UTC).date())
    if not days:
        return LoadResult(past=wanted)
    try:
        url = read_url(variable)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            extract(url, table, days, folder)
            files = table.as_files(url.database)
            result = load_partitions(connection, source, files, folder, days, engine=engine)
    except DatabaseError as error:
        return LoadResult(failures=[(day, error) for day in wanted])
    return LoadResult(
        result.files, [(day, _of_database(error, folder)) for day, error in result.failures]
    )


def readable_days(table: DatabaseTableSpec, days: Sequence[str], today: date) -> list[str]:
    """The days that a database can still deliver.

    With a cursor column these are all. Without one the database delivers what it holds now, which
    may stand for today or, read in the night, for yesterday; earlier days stay as they are.

    Args:
        table: What is declared.
        days: The days asked for, ascending.
        today: The day it is.
    """
    if table.load_mode != "snapshot":
        return list(days)
    yesterday = (today - timedelta(days=1)).isoformat()
    return [day for day in days[-1:] if day >= yesterday]


def _of_database(error: IngestionError, folder: Path) -> IngestionError:
    """An error of loading that names the table, not the file that it was extracted to."""
    return type(error)(str(error).replace(f"{folder}/", ""))


def extract(url: DatabaseUrl, table: DatabaseTableSpec, days: Sequence[str], folder: Path) -> None:
    """Write the rows of days, in one query, to where `table.as_files(url.database)` expects them.

    Rows without a day, and rows that the database takes for one of these days and whose value is
    of another, go into the file of the last day, where loading rejects them: none is lost.

    Args:
        url: Where the database is.
        table: What is declared.
        days: Days, 'YYYY-MM-DD', ascending; of a snapshot one.
        folder: An empty folder.

    Raises:
        DatabaseError: The database can't be reached or goes away, the user may not read the
            table, or the table lacks a declared column.
    """
    target = folder / url.database / table.table
    target.mkdir(parents=True)
    with reading(url, table.table) as reader, duckdb.connect(str(folder / "rows.duckdb")) as rows:
        rows.execute("set TimeZone = 'UTC'")
        if not _store(rows, reader.batches(select_rows(reader, table, days))):
            return
        _write_days(rows, table, days, target)


def select_rows(reader: DatabaseReader, table: DatabaseTableSpec, days: Sequence[str]) -> str:
    """The query that reads the declared columns of the rows of days.

    Raises:
        DatabaseError: The table lacks a declared column, or its cursor can't be compared.
    """
    present = reader.columns(table.table)
    missing = [name for name in table.columns if name not in present]
    if missing:
        close = {name: get_close_matches(name, present, n=1) for name in missing}
        hints = ", ".join(f"{found[0]!r} for {name!r}" for name, found in close.items() if found)
        raise DatabaseError(
            f"declared column {', '.join(map(repr, missing))} is missing; the table has "
            f"{', '.join(present)}.{f' Did it mean {hints}?' if hints else ''} Change the "
            "declaration"
        )
    expressions = ", ".join(present[name] for name in table.columns)
    query = f"select {expressions} from {reader.named(table.table)}"
    if table.partition_column is None:
        return query
    reader.check_cursor(table.table, table.partition_column)
    cursor = reader.quote(table.partition_column)
    windows = [
        f"({cursor} >= '{first}' and {cursor} < '{after}')" for first, after in day_windows(days)
    ]
    return f"{query} where {' or '.join(windows)} or {cursor} is null"


def day_windows(days: Sequence[str]) -> list[tuple[str, str]]:
    """Unbroken ranges of days as (first day, day after the last).

    Args:
        days: ISO days in ascending order.
    """
    windows: list[tuple[str, str]] = []
    for day in days:
        after = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
        if windows and windows[-1][1] == day:
            windows[-1] = (windows[-1][0], after)
        else:
            windows.append((day, after))
    return windows


def _store(rows: duckdb.DuckDBPyConnection, batches: Iterator[object]) -> bool:
    """Put batches into the table `rows`; whether there were any."""
    stored = False
    for batch in batches:
        rows.register("batch", batch)
        rows.execute(
            "insert into rows select * from batch"
            if stored
            else "create table rows as select * from batch"
        )
        rows.unregister("batch")
        stored = True
    return stored


def _write_days(
    rows: duckdb.DuckDBPyConnection, table: DatabaseTableSpec, days: Sequence[str], target: Path
) -> None:
    order = ", ".join(["_day", *map(identifier, table.primary_key), "rowid"])
    rows.execute(
        f"create table by_day as select *, {_day(rows, table, days)} as _day from rows "
        f"order by {order}"
    )
    for (day,) in rows.execute("select distinct _day::VARCHAR from by_day").fetchall():
        rows.execute(
            f"copy (select * exclude (_day) from by_day where _day = {literal(day)}) "
            f"to {literal(str(target / day))} (format parquet)"
        )


def _day(rows: duckdb.DuckDBPyConnection, table: DatabaseTableSpec, days: Sequence[str]) -> str:
    """SQL of the day whose file a row belongs into."""
    last = f"DATE {literal(days[-1])}"
    if table.partition_column is None:
        return last
    given = {name: kind for name, kind, *_ in rows.execute("describe rows").fetchall()}
    value = to_declared(
        identifier(table.partition_column),
        given[table.partition_column],
        table.column_types[table.partition_column],
        table.formats[table.partition_column],
    )
    wanted = ", ".join(f"DATE {literal(day)}" for day in days)
    return f"case when ({value})::DATE in ({wanted}) then ({value})::DATE else {last} end"
