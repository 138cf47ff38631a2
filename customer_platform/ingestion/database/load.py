"""Days of a database's table into a raw table, atomically."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from customer_platform.errors import DatabaseError, IngestionError
from customer_platform.ingestion.database.extract import extract
from customer_platform.ingestion.database.spec import DatabaseTableSpec
from customer_platform.ingestion.database.url import read_url
from customer_platform.ingestion.load import LoadResult, load_partitions
from customer_platform.ingestion.tables import create_tables


def load_database_partitions(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    variable: str,
    table: DatabaseTableSpec,
    partitions: Sequence[str],
    today: date | None = None,
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

    Raises:
        ValueError: A partition is no day.
        TableMismatchError: The raw table has a column of another type than is declared.
    """
    wanted = sorted(set(partitions))
    create_tables(connection, source, table)
    days = readable_days(table, wanted, today or datetime.now(UTC).date())
    if not days:
        return LoadResult(past=wanted)
    try:
        url = read_url(variable)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            extract(url, table, days, folder)
            result = load_partitions(connection, source, table.as_files(url.database), folder, days)
    except DatabaseError as error:
        return LoadResult(failures=[(day, error) for day in wanted])
    return LoadResult(
        result.files, [(day, _of_database(error, folder)) for day, error in result.failures]
    )


def readable_days(table: DatabaseTableSpec, days: Sequence[str], today: date) -> list[str]:
    """The days that a database can still tell.

    With a cursor column these are all. Without one the database tells what it holds now, which
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
    """An error of loading, told of the table instead of the file that it was extracted to."""
    return type(error)(str(error).replace(f"{folder}/", ""))
