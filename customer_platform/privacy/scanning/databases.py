"""Values in the columns of DuckDB's files, of Parquet files and of SQLite's files.

DuckDB and Parquet compress what they store: it can't be seen in their bytes. SQLite cuts long
texts into pages.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from customer_platform.privacy.scanning.columns import expression_of, search_cells
from customer_platform.privacy.scanning.dictionaries import scan_dictionaries
from customer_platform.privacy.scanning.finder import Column, Finder
from customer_platform.privacy.scanning.needles import Needles
from customer_platform.privacy.scanning.sought import Sought, sought_of
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NUMBERED = count()
_ROWS = 122_880
_SQLITE_ROWS = 1_000

# SQL text holds constants, and types and comments may hold anything.
_CATALOGUE = {
    "tables": ("duckdb_tables()", "concat_ws(chr(10), sql, comment)"),
    "columns": ("duckdb_columns()", "comment"),
    "views": ("duckdb_views()", "concat_ws(chr(10), sql, comment)"),
    "functions": ("duckdb_functions()", "concat_ws(chr(10), macro_definition, comment)"),
    "indexes": ("duckdb_indexes()", "concat_ws(chr(10), sql, comment)"),
    "types": ("duckdb_types()", "concat_ws(chr(10), array_to_string(labels, chr(10)), comment)"),
    "schemas": ("duckdb_schemas()", "comment"),
    "sequences": ("duckdb_sequences()", "comment"),
}


def scan_duckdb(path: Path, finder: Finder) -> None:
    """Looks through every column of every table of a DuckDB file, and its catalogue.

    Raises:
        duckdb.Error: The file can't be read, for instance because a process writes it.
    """
    with _connected() as connection, _attached(connection, path) as database:
        for name, (function, text) in _CATALOGUE.items():
            query = f"select {text} as c from {function} where database_name = '{database}'"
            _search(connection, f"({query})", [("c", "VARCHAR")], [f"catalogue of {name}"], finder)
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() "
            f"where database_name = '{database}' order by all"
        ).fetchall()
        for schema, table in tables:
            qualified = ".".join(map(identifier, (database, schema, table)))
            columns = _columns(connection, qualified)
            names = [f"{schema}.{table}.{name}" for name, _ in columns]
            _search(connection, qualified, columns, names, finder)


def search_relation(
    connection: "DuckDBPyConnection", relation: str, values: Sought | Sequence[str]
) -> set[int]:
    """Which values stand in any column of a relation, alone or within other text.

    Args:
        connection: A connection that reads it.
        relation: A table, or a query in brackets.
        values: The values.

    Returns:
        Their indices.
    """
    finder = Finder(Needles(sought_of(values)), relation)
    columns = _columns(connection, relation)
    _search(connection, relation, columns, [name for name, _ in columns], finder)
    return {place.value for place in finder.places if place.value is not None}


def scan_parquet(path: Path, finder: Finder, within: str = "") -> None:
    """Looks through every column of a Parquet file.

    Args:
        path: The file.
        finder: What is looked for.
        within: What to write before the name of a column.

    Raises:
        duckdb.Error: The file can't be read.
        pyarrow.ArrowException: The same.
    """
    escaped = "".join(f"[{each}]" if each in "[*?" else each for each in str(path))
    with _connected() as connection:
        relation = f"read_parquet({literal(escaped)}, hive_partitioning = false)"
        columns = _columns(connection, relation)
        names = [f"{within}column {name}" for name, _ in columns]
        _search(connection, relation, columns, names, finder)
    scan_dictionaries(path, finder, within)


def scan_sqlite(path: Path, finder: Finder, within: str = "") -> None:
    """Looks through every column of every table of an SQLite file, and its schema.

    Args:
        path: The file.
        finder: What is looked for.
        within: What to write before the name of a table.

    Raises:
        sqlite3.Error: The file can't be read, for instance because a process writes it.
    """
    with closing(sqlite3.connect(_sqlite_address(path), uri=True)) as connection:
        connection.text_factory = bytes
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        names = ["sqlite_master", *(name.decode() for (name,) in tables.fetchall())]
        for table in names:
            rows = connection.execute(f"select * from {identifier(table)}")
            named = [f"{within}{table}.{column[0]}" for column in rows.description]
            columns = [Column(finder, name) for name in named]
            while found := rows.fetchmany(_SQLITE_ROWS):
                for column, cells in zip(columns, zip(*found, strict=True), strict=True):
                    search_cells(column, cells)


def _sqlite_address(path: Path) -> str:
    with open(path, "rb") as stream:
        logs_ahead = stream.read(20)[18:] == b"\2\2"
    is_open = path.with_name(f"{path.name}-wal").exists()
    # Of a database that is in no use, SQLite would leave the files of a log behind.
    return f"file:{quote(str(path))}?{'immutable=1' if logs_ahead and not is_open else 'mode=ro'}"


@cache
def _instance() -> "DuckDBPyConnection":
    """A database in memory, which takes longer to make than most files to read."""
    import duckdb

    return duckdb.connect()


@contextmanager
def _connected() -> "Iterator[DuckDBPyConnection]":
    with _instance().cursor() as connection:
        # Texts of one batch may have more than 2 GB.
        connection.execute("set arrow_large_buffer_size = true")
        connection.execute("set preserve_insertion_order = false")
        connection.execute("set TimeZone = 'UTC'")
        yield connection


@contextmanager
def _attached(connection: "DuckDBPyConnection", path: Path) -> Iterator[str]:
    database = f"scanned_{next(_NUMBERED)}"
    connection.execute(f"attach {literal(str(path))} as {database} (read_only)")
    try:
        yield database
    finally:
        connection.execute(f"detach {database}")


def _columns(connection: "DuckDBPyConnection", relation: str) -> list[tuple[str, str]]:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return [(name, kind) for name, kind, *_ in described]


def _search(
    connection: "DuckDBPyConnection",
    relation: str,
    columns: Sequence[tuple[str, str]],
    names: Sequence[str],
    finder: Finder,
) -> None:
    looked_through = [
        (expression, search, Column(finder, name))
        for (column, kind), name in zip(columns, names, strict=True)
        for expression, search in expression_of(identifier(column), kind, finder.needles)
    ]
    if not looked_through:
        return
    selected = ", ".join(
        f"{expression} as c{index}" for index, (expression, _, _) in enumerate(looked_through)
    )
    for batch in connection.sql(f"select {selected} from {relation}").to_arrow_reader(_ROWS):
        for array, (_, search, column) in zip(batch.columns, looked_through, strict=True):
            search(array, column)
