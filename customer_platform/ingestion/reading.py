"""The raw tables of another environment: copied from its warehouse, which is only read.

In the home, `reading/warehouse.duckdb` is the other warehouse as it was after a run,
`reading/state` what it was then, and `started_at` when the home was made a copy of the other one.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from customer_platform.environment import ENGINE, VERSIONS, Environment, version_in_force
from customer_platform.errors import ForkedHomeError, NothingLandedError
from customer_platform.ingestion.declared_table import SYSTEM_COLUMNS, DeclaredTable
from customer_platform.ingestion.load import LoadedFile, LoadResult
from customer_platform.ingestion.tables import (
    REJECTED_COLUMNS,
    SCHEMA,
    create_tables,
    raw_table,
    rejected_table,
)
from customer_platform.not_on_spark import refuse_on_spark
from customer_platform.run_lock import is_idle, no_run
from customer_platform.versions import Versions
from customer_platform.warehouse.copies import copy_warehouse, state
from customer_platform.warehouse.duckdb import transaction
from customer_platform.warehouse.sql import identifier, literal

_OTHER = "other_environment"

# In a home that is a copy: when it was made, UTC, ISO.
_STARTED = "started_at"

# How long to wait for a run that is in progress there, where there is no earlier copy.
_WAIT = 600.0


def start_as_copy(environment: Environment) -> bool:
    """Makes a home that reads another one begin as its copy, so that customer IDs are its own, too.

    It starts again once somebody was erased there: nothing of them may stay here.

    Args:
        environment: The deployment; nothing is done where its sources land.

    Returns:
        Whether it has become a copy.

    Raises:
        ForkedHomeError: The home has data of its own, or the other one's tables are on Spark.
        NothingLandedError: The other home has built nothing yet.
        BusyError: A run is in progress there all the time, or here.
        NotOnEngineError: The tables of this home are on Spark.
    """
    if environment.reads is None:
        return False
    refuse_on_spark(environment, "reads")
    if (environment.reads / ENGINE).exists():
        raise ForkedHomeError(
            f"the tables of {environment.reads} are on Spark, and can't be copied yet: give "
            f"{environment.name} a landing zone of its own"
        )
    home = environment.home
    if not (home / _STARTED).exists() and environment.warehouse.exists():
        raise ForkedHomeError(
            f"{home} has data and customer IDs of its own, and {environment.name} reads "
            f"{environment.reads}: move that home away, so that this one starts as a copy, or "
            "name another one"
        )
    if environment.warehouse.exists() and not _is_outgrown(environment):
        return False
    with Versions(home).alone("a new copy"), no_run(home):
        now = datetime.now(UTC).replace(tzinfo=None).isoformat()
        copied = home / "warehouse.duckdb.copied"
        copy_warehouse(environment.reads, _warehouse(environment.reads), copied, _WAIT)
        # From here on whoever is killed has no warehouse, and begins again.
        (home / _STARTED).write_text(now)
        for name in (VERSIONS, "warehouse.duckdb", "published", "published_masked", "reading"):
            path = home / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        os.replace(copied, home / "warehouse.duckdb")
    return True


def _is_outgrown(environment: Environment) -> bool:
    """Whether somebody was erased in the other environment since this home became its copy."""
    assert environment.reads is not None
    started = environment.home / _STARTED
    erased_at = Versions(environment.reads).erased_at
    return started.exists() and erased_at > started.read_text()


def other_warehouse(environment: Environment) -> Path:
    """A copy of the other environment's warehouse, as it was after its last run.

    Args:
        environment: A deployment that reads another one.

    Raises:
        NothingLandedError: The other home has built nothing yet.
        BusyError: A run is in progress there all the time, and there is no earlier copy.
        ForkedHomeError: Somebody was erased there, and may still be here.
    """
    assert environment.reads is not None
    if _is_outgrown(environment):
        raise ForkedHomeError(
            f"somebody was erased in {environment.reads} since {environment.home} was copied from "
            "it: stop what runs here, then `customer-platform run`, which starts with a new copy"
        )
    folder = environment.home / "reading"
    folder.mkdir(exist_ok=True)
    copied, known = folder / "warehouse.duckdb", folder / "state"
    # Two runs may begin at once: the second takes what the first has copied.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        source = _warehouse(environment.reads)
        is_current = known.exists() and known.read_text() == _stamp(source, source)
        if copied.exists() and (is_current or not is_idle(environment.reads)):
            return copied
        copying = folder / "copying"
        copy_warehouse(environment.reads, source, copying, _WAIT)
        # Of the copy: the other one may have been written to since.
        stamp = _stamp(source, copying)
        os.replace(copying, copied)
        known.write_text(stamp)
    return copied


def _stamp(source: Path, copied: Path) -> str:
    headers, uncommitted = state(copied)
    return f"{source} {hashlib.sha256(headers).hexdigest()} {uncommitted}"


def _warehouse(home: Path) -> Path:
    path = (version_in_force(home) or home) / "warehouse.duckdb"
    if not path.exists():
        raise NothingLandedError(
            f"{home} has built nothing yet, and this environment reads its raw tables: "
            "`customer-platform run` there first"
        )
    return path


def days_of_other(environment: Environment) -> tuple[str, str] | None:
    """The first and last day of the other environment's raw tables, ISO; None where all are empty.

    Args:
        environment: A deployment that reads another one.
    """
    with duckdb.connect(str(other_warehouse(environment)), read_only=True) as connection:
        return days_of_raw(connection)


def days_of_raw(connection: duckdb.DuckDBPyConnection) -> tuple[str, str] | None:
    """The first and last day of the raw tables, ISO; None where all are empty.

    Args:
        connection: A warehouse.
    """
    tables: Sequence[tuple[str]] = connection.execute(
        f"select table_name from duckdb_columns() where schema_name = {literal(SCHEMA)} "
        "and column_name = '_partition' and table_name not like '%\\_\\_rejected' escape '\\'"
    ).fetchall()
    found = [
        each
        for (table,) in tables
        for each in connection.execute(
            "select min(_partition)::varchar, max(_partition)::varchar "
            f"from {identifier(SCHEMA)}.{identifier(table)}"
        ).fetchall()[0]
        if each is not None
    ]
    return (min(found), max(found)) if found else None


def copy_partitions(
    connection: duckdb.DuckDBPyConnection,
    other: Path,
    source: str,
    table: DeclaredTable,
    partitions: Sequence[str],
) -> LoadResult | None:
    """Replaces partitions of a raw table, and their rejected rows, by those of another warehouse.

    Args:
        connection: A connection to the warehouse without an open transaction.
        other: The other warehouse.
        source: Name of the source.
        table: What is declared.
        partitions: Days, ISO.

    Returns:
        What came of it; None where the other warehouse doesn't hold the table as it is declared
        here, as the source is new, or has got a column.

    Raises:
        TableMismatchError: The raw table has a column of another type than is declared.
    """
    create_tables(connection, source, table)
    columns = {**table.column_types, **SYSTEM_COLUMNS}
    held = {"days": list(partitions)}
    connection.execute(f"attach {literal(str(other))} as {_OTHER} (read_only)")
    try:
        there = _columns(connection, f"{source}__{table.name}")
        if any(there.get(name.lower()) != kind for name, kind in columns.items()):
            return None
        with transaction(connection):
            for name, wanted in (
                (raw_table(source, table), columns),
                (rejected_table(source, table), REJECTED_COLUMNS),
            ):
                names = ", ".join(map(identifier, wanted))
                mine = "where _partition in (select unnest($days::date[]))"
                connection.execute(f"delete from {name} {mine}", held)
                connection.execute(
                    f"insert into {name} ({names}) select {names} from {_OTHER}.{name} {mine}", held
                )
        rows = connection.execute(
            "select _source_file, _partition::varchar, sum(accepted)::bigint, "
            "sum(rejected)::bigint from ("
            f"select _source_file, _partition, 1 as accepted, 0 as rejected "
            f"from {raw_table(source, table)} union all by name "
            f"select _source_file, _partition, 0 as accepted, 1 as rejected "
            f"from {rejected_table(source, table)}"
            ") where _partition in (select unnest($days::date[])) group by all order by all",
            held,
        ).fetchall()
    finally:
        connection.execute(f"detach {_OTHER}")
    return LoadResult([LoadedFile(*row) for row in rows])


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select lower(column_name), data_type from duckdb_columns() where database_name = ? "
        "and schema_name = ? and table_name = ?",
        [_OTHER, SCHEMA, table],
    ).fetchall()
    return dict(rows)
