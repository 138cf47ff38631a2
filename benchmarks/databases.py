"""Reading databases as sources: rows a second, beside the driver alone.

    python benchmarks/databases.py [--scale small] [--rows 1000000] [--databases postgresql,sqlite]
        [--json OUT]

For each database it starts a real server of its own (SQLite: a file), fills one table, and reads it
into an empty warehouse the way a DatabaseSource does: in full, 30 days by their cursor, and one day
of the 30. The floor is the driver alone, whose rows are thrown away. A database that isn't
installed is left out, with the reason. Memory is the peak of the whole process so far.
"""

import argparse
import json
import os
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from customer_platform.ingestion.database import DatabaseTableSpec, load_database_partitions
from customer_platform.ingestion.database.connection import reading
from customer_platform.ingestion.database.load import select_rows
from customer_platform.ingestion.database.url import read_url
from customer_platform_tests.ingestion.database import servers

ROWS = {"small": 50_000, "full": 1_000_000}
VARIABLE = "BENCHMARK_DATABASE_URL"
FIRST, DAYS = date(2024, 1, 1), 30
TODAY = FIRST + timedelta(days=DAYS - 1)
COLUMNS = {
    "id": "bigint",
    "email": "varchar",
    "first_name": "varchar",
    "spent": "decimal(12, 2)",
    "born": "date",
    "changed": "timestamp",
}


@dataclass(frozen=True)
class Reading:
    """One way to read a table.

    Attributes:
        database: The kind of database.
        way: full, days, day, or driver (the floor).
        rows: Rows that were read.
        seconds: Wall time.
        peak_megabytes: Most memory of the process until then.
    """

    database: str
    way: str
    rows: int
    seconds: float
    peak_megabytes: float

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds


def main() -> None:
    """Measures, prints, and writes JSON."""
    arguments = _arguments()
    rows = arguments.rows or ROWS[arguments.scale]
    readings: list[Reading] = []
    print(f"{'database':<12}{'way':<8}{'rows':>10}{'seconds':>9}{'rows/s':>10}{'peak MB':>9}")
    for name in arguments.databases:
        missing = _missing(name)
        if missing:
            print(f"{name:<12}left out: {missing}")
            continue
        with DATABASES[name](rows) as url:
            os.environ[VARIABLE] = url
            for found in measure(name):
                readings.append(found)
                print(
                    f"{found.database:<12}{found.way:<8}{found.rows:>10,}{found.seconds:>9.2f}"
                    f"{found.rate:>10,.0f}{found.peak_megabytes:>9,.0f}",
                    flush=True,
                )
    if arguments.json:
        results = [asdict(each) | {"rows_per_second": round(each.rate)} for each in readings]
        arguments.json.write_text(json.dumps({"rows": rows, "readings": results}, indent=2) + "\n")


def measure(database: str) -> Iterator[Reading]:
    """Reads the table in every way.

    Args:
        database: The kind of database, whose URL is in `VARIABLE`.
    """
    by_day = _table("delta", "changed")
    full = _table("snapshot", None)
    days = [(FIRST + timedelta(days=n)).isoformat() for n in range(DAYS)]
    yield _timed(database, "driver", lambda: _driver_alone(full))
    yield _timed(database, "full", lambda: _load(full, days[-1:]))
    yield _timed(database, "days", lambda: _load(by_day, days))
    yield _timed(database, "day", lambda: _load(by_day, days[:1]))


def _load(table: DatabaseTableSpec, days: Sequence[str]) -> int:
    """Reads days into an empty warehouse, and returns how many rows these were."""
    with (
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect(f"{folder}/warehouse.duckdb") as warehouse,
    ):
        result = load_database_partitions(warehouse, "shop", VARIABLE, table, days, today=TODAY)
    for _, error in result.failures:
        raise error
    return result.rows


def _timed(database: str, way: str, read: Callable[[], int]) -> Reading:
    started = time.perf_counter()
    rows = read()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Reading(database, way, rows, seconds, peak)


def _driver_alone(table: DatabaseTableSpec) -> int:
    url = read_url(VARIABLE)
    with reading(url, table.table) as reader:
        return sum(batch.num_rows for batch in reader.batches(select_rows(reader, table, [])))


def _table(load_mode: str, cursor: str | None) -> DatabaseTableSpec:
    return DatabaseTableSpec.model_validate(
        {
            "name": "people",
            "table": "people",
            "load_mode": load_mode,
            "primary_key": ["id"],
            "partition_column": cursor,
            "columns": COLUMNS,
        }
    )


_CREATE = (
    "create table people (id integer primary key, email varchar(60), first_name varchar(30), "
    "spent decimal(12, 2), born date, changed timestamp null)"
)


@contextmanager
def _postgresql(rows: int) -> Iterator[str]:
    import adbc_driver_postgresql.dbapi

    with servers.postgresql() as url:
        with adbc_driver_postgresql.dbapi.connect(url) as connection:
            cursor = connection.cursor()
            cursor.execute(_CREATE)
            cursor.execute(
                "insert into people select i, 'person' || i || '@example.com', "
                "'Name ' || i % 1000, "
                "(i % 100000) / 100.0, date '1950-01-01' + i % 20000, timestamp '2024-01-01' + "
                f"i * interval '{DAYS} days' / {rows + 1} from generate_series(1, {rows}) i"
            )
            cursor.execute("create index by_changed on people (changed)")
            connection.commit()
        yield url


@contextmanager
def _mysql(rows: int) -> Iterator[str]:
    import pymysql

    with servers.mariadb() as url:
        at = read_url(VARIABLE, {VARIABLE: url})
        with pymysql.connect(
            host=at.host, port=at.port or 0, user=at.user, password=at.password, database=at.name
        ) as connection:
            cursor = connection.cursor()
            cursor.execute(_CREATE)
            cursor.execute(
                "insert into people select seq, concat('person', seq, '@example.com'), "
                "concat('Name ', seq % 1000), (seq % 100000) / 100, "
                "date_add('1950-01-01', interval seq % 20000 day), date_add('2024-01-01', interval "
                f"floor(seq * {DAYS * 86400} / {rows + 1}) second) from seq_1_to_{rows}"
            )
            cursor.execute("create index by_changed on people (changed)")
            connection.commit()
        yield url


@contextmanager
def _sqlite(rows: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        with sqlite3.connect(f"{folder}/people.db") as connection:
            connection.execute(_CREATE)
            connection.execute(
                f"with recursive n(i) as (select 1 union all select i + 1 from n where i < {rows}) "
                "insert into people select i, 'person' || i || '@example.com', "
                "'Name ' || i % 1000, "
                "(i % 100000) / 100.0, date('1950-01-01', '+' || (i % 20000) || ' days'), "
                f"datetime('2024-01-01', '+' || (i * {DAYS * 86400} / {rows + 1}) || ' seconds') "
                "from n"
            )
            connection.execute("create index by_changed on people (changed)")
        connection.close()
        yield f"sqlite:///{folder}/people.db"


DATABASES: Mapping[str, Callable[[int], AbstractContextManager[str]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "sqlite": _sqlite,
}


def _missing(name: str) -> str:
    if name == "postgresql" and servers.postgresql_binary("initdb") is None:
        return "apt-get install postgresql"
    if name == "mysql" and not servers.has_mariadb():
        return "apt-get install mariadb-server"
    return ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", choices=list(ROWS), default="full")
    parser.add_argument("--rows", type=int, help="Rows of the table.")
    parser.add_argument(
        "--databases",
        type=lambda text: text.split(","),
        default=list(DATABASES),
        help="Which databases, parted by commas.",
    )
    parser.add_argument("--json", type=Path, help="Write the results to a file.")
    return parser.parse_args()


if __name__ == "__main__":
    main()
