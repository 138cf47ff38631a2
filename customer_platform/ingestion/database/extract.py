"""Rows out of a database into a Parquet file a day, none of which is seen before all are there."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path

import duckdb

from customer_platform.errors import DatabaseError
from customer_platform.ingestion.casts import identifier, literal, to_declared
from customer_platform.ingestion.database.connection import reading
from customer_platform.ingestion.database.reader import DatabaseReader
from customer_platform.ingestion.database.spec import DatabaseTableSpec
from customer_platform.ingestion.database.url import DatabaseUrl


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
