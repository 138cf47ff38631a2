"""Writes a demo: a file per table and day, and the truth next to them."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from customer_platform.demo.randomness import Window, as_timestamps
from customer_platform.errors import DemoError


@dataclass(frozen=True)
class DemoSummary:
    """What a demo consists of.

    Attributes:
        landing: Folder with the files of the sources.
        truth: Parquet file that says which record is whom (entity, source, source_record_id,
            person_id).
        first: First day there are files for.
        last: Last day there are files for.
        people: People behind the records.
        records: Customer records per source.
        files: Files per table, by `<source>__<table>`.
        rows: Rows per table, by `<source>__<table>`, over all files.
    """

    landing: Path
    truth: Path
    first: date
    last: date
    people: int
    records: dict[str, int]
    files: dict[str, int]
    rows: dict[str, int]


def register(connection: duckdb.DuckDBPyConnection, name: str, columns: dict) -> None:
    """Make a DuckDB table of numpy columns; columns named `*_at` hold seconds since 1970."""
    arrays = {}
    for column, values in columns.items():
        if column.endswith("_at") and values.dtype == np.int64:
            values = as_timestamps(values)
        arrays[column] = values if isinstance(values, pa.Array) else pa.array(values)
    connection.register("arrow_columns", pa.table(arrays))
    casts = ", ".join(
        f"{column}::timestamp as {column}" if column.endswith("_at") else column
        for column in columns
    )
    connection.execute(f"create or replace table {name} as select {casts} from arrow_columns")
    connection.unregister("arrow_columns")


def words(positions: np.ndarray, pool: np.ndarray) -> pa.Array:
    """The words at these positions, stored once per distinct word; -1 becomes null."""
    index = pa.array(positions.astype(np.int32), mask=positions < 0)
    return pa.DictionaryArray.from_arrays(index, pa.array(pool, type=pa.string()))


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


def write_demo(
    out: Path,
    tables: Sequence[LandingTable],
    build: Callable[[duckdb.DuckDBPyConnection, Window], None],
    *,
    customers: int,
    fewest: int,
    days: int,
    seed: int,
    end: date,
    people: int | None = None,
) -> DemoSummary:
    """Builds a demo and writes it; files of the same tables from an earlier demo are replaced.

    Args:
        out: Folder to write to: `landing/` for the sources, `truth.parquet` next to it.
        tables: The tables of the landing zone.
        build: Makes the tables that `tables` select from, and the table `truth` (entity, source,
            source_record_id, person_id), from the window of days.
        customers: How many customers were asked for.
        fewest: The fewest that make a demo.
        days: How many days of files, the last being `end`.
        seed: Seed of all draws.
        end: The newest day.
        people: People behind the records, where that isn't `customers`.

    Raises:
        DemoError: `customers` below `fewest`, `days` below 1, or `seed` below 0.
    """
    for name, value, least in (
        ("customers", customers, fewest), ("days", days, 1), ("seed", seed, 0),
    ):  # fmt: skip
        if value < least:
            raise DemoError(f"{name} is {value}: must be at least {least}")
    first = end - timedelta(days=days - 1)
    landing, truth = out / "landing", out / "truth.parquet"
    landing.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"temp_directory": str(out / ".duckdb_tmp")}) as connection:
        build(connection, Window.ending(end, days))
        remove_earlier_demo(landing, tables)
        files, rows = write_files(connection, landing, first, days, tables)
        records = _write_truth(connection, truth)
    return DemoSummary(landing, truth, first, end, people or customers, records, files, rows)


def _write_truth(connection: duckdb.DuckDBPyConnection, truth: Path) -> dict[str, int]:
    partial = truth.with_name("." + truth.name)
    quoted = str(partial).replace("'", "''")
    connection.execute(
        f"copy (from truth order by entity, source, source_record_id) to '{quoted}' "
        "(format parquet, compression zstd)"
    )
    os.replace(partial, truth)
    return dict(
        connection.execute(
            "select source, count(*) from truth group by source order by source"
        ).fetchall()
    )


def _files(landing: Path, table: LandingTable) -> Iterator[Path]:
    pattern = table.template.replace("{partition}", "[0-9]" * 4 + ("-" + "[0-9]" * 2) * 2)
    yield from landing.glob(pattern)


def remove_earlier_demo(landing: Path, tables: Sequence[LandingTable]) -> None:
    """Remove the files of the tables: days of an earlier demo would mix two populations."""
    for table in tables:
        for file in _files(landing, table):
            file.unlink()


def write_files(
    connection: duckdb.DuckDBPyConnection,
    landing: Path,
    first: date,
    days: int,
    tables: Sequence[LandingTable],
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
