"""The few operations on a DuckDB connection that the rooms of the platform share."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy.typing as npt

from customer_platform.chosen_engine import EngineName
from customer_platform.errors import CustomerPlatformError
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


# DuckDB's row group: as many rows as one thread reads or compresses at a time.
PIECE_ROWS = 122_880

# The comment of a view of the workshop that stands for a table in an engine's lake.
KEPT_IN_LAKE = "kept in the lake"


def table_kind(connection: "DuckDBPyConnection", schema: str, table: str) -> str | None:
    """`BASE TABLE`, `VIEW`, or None when there is no such table in the current database."""
    found = connection.execute(
        "select table_type from information_schema.tables "
        "where table_catalog = current_database() and table_schema = ? and table_name = ?",
        [schema, table],
    ).fetchall()
    return found[0][0] if found else None


def columns_of(connection: "DuckDBPyConnection", records: str) -> list[str]:
    """Names of a relation's columns."""
    described = connection.execute(f"describe select * from {sql.relation(records)}").fetchall()
    return [row[0] for row in described]


def column_types(connection: "DuckDBPyConnection", schema: str, table: str) -> dict[str, str]:
    """The columns of a table with their types."""
    rows = connection.execute(
        f"describe {sql.identifier(schema)}.{sql.identifier(table)}"
    ).fetchall()
    return {name: kind for name, kind, *_ in rows}


def tables_of(connection: "DuckDBPyConnection", schema: str) -> list[str]:
    """The tables of a schema, also those that an engine keeps in its lake; without views."""
    rows = connection.execute(
        "select table_name from duckdb_tables() where schema_name = $schema "
        "and database_name = current_database() "
        "union all select view_name from duckdb_views() where schema_name = $schema "
        "and database_name = current_database() and comment = $kept order by all",
        {"schema": schema, "kept": KEPT_IN_LAKE},
    ).fetchall()
    return [row[0] for row in rows]


@contextmanager
def opened(
    path: Path, error: type[CustomerPlatformError], *, read_only: bool = True
) -> Iterator["DuckDBPyConnection"]:
    """Opens the warehouse of a deployment, for a command.

    Args:
        path: The file.
        error: What to raise where it can't be opened.
        read_only: Whether it is only read.

    Raises:
        CustomerPlatformError: Of the class given: there is no warehouse yet, or a run holds it.
    """
    import duckdb

    if not path.exists():
        raise error(f"there is no warehouse at {path} yet: `customer-platform run` builds it")
    try:
        connection = duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as reason:
        raise error(
            f"{path} can't be opened now, as a run holds it: try again when it has ended ({reason})"
        ) from reason
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def transaction(connection: "DuckDBPyConnection") -> Iterator[Callable[[], None]]:
    """Keeps all that is done inside the with block, or none of it.

    None when something is raised there, or when what the block is given is called.

    Args:
        connection: A connection without an open transaction.
    """
    ending = "commit"

    def undo() -> None:
        nonlocal ending
        ending = "rollback"

    connection.execute("begin transaction")
    try:
        yield undo
        connection.execute(ending)
    except BaseException:
        connection.execute("rollback")
        raise


@contextmanager
def at_most(
    connection: "DuckDBPyConnection", seconds: float, error: type[CustomerPlatformError]
) -> Iterator[None]:
    """Ends the queries of the with block that take longer; for SQL that somebody has typed.

    Args:
        connection: What runs them.
        seconds: For how long they may run, together.
        error: What to raise then.

    Raises:
        CustomerPlatformError: Of the class given: they took longer.
    """
    import duckdb

    timer = threading.Timer(seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException:
        raise error(
            f"this took longer than {seconds:.0f} seconds, and was ended: an expression of a match "
            "key reads more than its record"
        ) from None
    finally:
        timer.cancel()


@contextmanager
def registered(connection: "DuckDBPyConnection", name: str, rows: Any) -> Iterator[None]:
    """Makes Arrow data readable as the table `name` inside the with block.

    Args:
        connection: A connection.
        name: The name.
        rows: An Arrow table, or a reader that can be read once.
    """
    connection.register(name, rows)
    try:
        yield
    finally:
        connection.unregister(name)


def in_pieces(table: "pa.Table") -> "pa.Table":
    """The same table in pieces that threads can read side by side."""
    import pyarrow as pa

    return pa.Table.from_batches(table.to_batches(max_chunksize=PIECE_ROWS), table.schema)


def one_chunk(table: "pa.Table", column: str) -> "pa.Array":
    """A column of a table as one array."""
    import pyarrow as pa

    chunked = table[column].combine_chunks()
    if not isinstance(chunked, pa.ChunkedArray):
        return chunked
    return chunked.chunk(0) if chunked.num_chunks else pa.array([], type=chunked.type)


def insert_table(connection: "DuckDBPyConnection", target: str, table: "pa.Table") -> None:
    """Adds the rows of an Arrow table to a table with the same columns in the same order.

    A statement per row, as `executemany` runs them, takes a millisecond each.
    """
    with registered(connection, "inserted_rows", table):
        connection.execute(f"insert into {target} select * from inserted_rows")


@contextmanager
def numbers_as_table(
    connection: "DuckDBPyConnection", name: str, **columns: npt.NDArray[Any]
) -> Iterator[None]:
    """Makes arrays of equal length readable as the table `name` inside the with block.

    The table reads the arrays' own memory: they must not change meanwhile.
    """
    # Here, because loading it takes a third of a second, and importing the package shouldn't.
    import pyarrow as pa

    rows = pa.table({key: pa.array(value) for key, value in columns.items()})
    with registered(connection, name, rows):
        yield


def fetch_numbers(connection: "DuckDBPyConnection", query: str) -> dict[str, npt.NDArray[Any]]:
    """Runs a query whose columns are numbers without nulls; returns an array per column."""
    return cast("dict[str, npt.NDArray[Any]]", connection.execute(query).fetchnumpy())


def read_frame(connection: "DuckDBPyConnection", query: str) -> "pd.DataFrame":
    """Runs a query and returns its rows as a pandas frame."""
    frame: pd.DataFrame = connection.sql(query).df()
    return frame


class DuckDBEngine:
    """The engine whose tables are in the workshop itself; see `base.Engine`."""

    name: EngineName = "duckdb"

    def check(self) -> None:
        """Has nothing to check: the file is made by who opens it."""

    def declared_columns(self, table: str) -> str:
        """The table itself."""
        return table

    def make_days(self, connection: "DuckDBPyConnection", table: str) -> None:
        """Has nothing to make: the table is the one with the declared columns."""

    def replace_days(
        self,
        connection: "DuckDBPyConnection",
        table: str,
        days: Sequence[str],
        insert: Callable[[str], None],
    ) -> None:
        """Deletes the days, and inserts their rows in the same transaction."""
        delete_days(connection, table, days)
        insert(table)

    def share(self, connection: "DuckDBPyConnection", tables: Sequence[str]) -> None:
        """Has nothing to give: models read the tables where they are."""

    def show(
        self, connection: "DuckDBPyConnection", tables: Sequence[str], views: Mapping[str, str]
    ) -> None:
        """Has nothing to show: dbt builds in the workshop."""

    def read_frame(
        self, connection: "DuckDBPyConnection", query: str, limit: int
    ) -> "pd.DataFrame":
        """The first rows of a query."""
        return read_frame(connection, f"select * from ({query}) limit {limit}")

    def forget_pending(self, connection: "DuckDBPyConnection", kinds: Sequence[str]) -> None:
        """Deletes the rows."""
        connection.execute(
            f"delete from master.pending_changes where kind in ({sql.listed(kinds)})"
        )


IN_WAREHOUSE = DuckDBEngine()


def delete_days(connection: "DuckDBPyConnection", table: str, days: Sequence[str]) -> None:
    """Deletes the rows of days, ISO, from a table with a column `_partition`."""
    if days:
        connection.execute(
            f"delete from {table} where _partition in (select unnest(?::DATE[]))", [list(days)]
        )
