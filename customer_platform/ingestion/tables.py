"""Raw tables in the warehouse: made as declared, and refused where they have drifted apart."""

import duckdb

from customer_platform.errors import TableMismatchError
from customer_platform.ingestion.casts import identifier, literal
from customer_platform.ingestion.declared_table import SYSTEM_COLUMNS, DeclaredTable

SCHEMA = "raw"

REJECTED_COLUMNS = {
    "_partition": "DATE",
    "_source_file": "VARCHAR",
    "line": "BIGINT",
    "column_name": "VARCHAR",
    "reason": "VARCHAR",
    "raw_text": "VARCHAR",
    "_loaded_at": "TIMESTAMP",
}


def raw_table(source: str, table: DeclaredTable) -> str:
    """Qualified name of the raw table."""
    return f"{SCHEMA}.{source}__{table.name}"


def rejected_table(source: str, table: DeclaredTable) -> str:
    """Qualified name of the table of rejected rows."""
    return f"{raw_table(source, table)}__rejected"


def create_tables(connection: duckdb.DuckDBPyConnection, source: str, table: DeclaredTable) -> None:
    """Make the raw table and its table of rejected rows where they are absent.

    A column that the declaration gained is added, empty in the rows that are there already. A
    column that the declaration lost stays, empty in the rows that come.

    Raises:
        TableMismatchError: A column is declared with another type than the table has.
    """
    connection.execute(f"create schema if not exists {SCHEMA}")
    columns = {**table.column_types, **SYSTEM_COLUMNS}
    _create(connection, raw_table(source, table), columns)
    _create(connection, rejected_table(source, table), REJECTED_COLUMNS)
    present = _present_columns(connection, f"{source}__{table.name}")
    for name, declared in columns.items():
        held = present.get(name.lower())
        if held is None:
            connection.execute(
                f"alter table {raw_table(source, table)} add column {identifier(name)} {declared}"
            )
        elif held != declared:
            raise TableMismatchError(
                f"{raw_table(source, table)}: column {name!r} is {held} in the warehouse and "
                f"{declared} in the declaration. Change the declaration back, or drop the table "
                "and load all its partitions again."
            )


def _create(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str]) -> None:
    declared = ", ".join(f"{identifier(column)} {kind}" for column, kind in columns.items())
    connection.execute(f"create table if not exists {name} ({declared})")


def _present_columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = "
        f"current_database() and schema_name = {literal(SCHEMA)} and table_name = {literal(table)}"
    ).fetchall()
    return {name.lower(): kind for name, kind in rows}
