"""Raw tables: made as declared, refused where they have drifted apart, replaced by partition."""

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb

from customer_platform.errors import TableMismatchError
from customer_platform.ingestion.checks import BAD, FILES, CheckedFile
from customer_platform.ingestion.declared_table import SYSTEM_COLUMNS, DeclaredTable
from customer_platform.ingestion.rejects import Reject
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.staging import STAGED
from customer_platform.warehouse.base import Engine
from customer_platform.warehouse.duckdb import IN_WAREHOUSE, delete_days, transaction
from customer_platform.warehouse.sql import identifier, literal

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


def create_tables(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    table: DeclaredTable,
    engine: Engine = IN_WAREHOUSE,
) -> None:
    """Make the raw table and its table of rejected rows where they are absent.

    A column that the declaration gained is added, empty in the rows that are there already. A
    column that the declaration lost stays, empty in the rows that come.

    Args:
        connection: A connection without an open transaction.
        source: Name of the source.
        table: What is declared.
        engine: Where the raw table is kept; that of rejected rows is in the warehouse.

    Raises:
        TableMismatchError: A column is declared with another type than the table has.
        NotOnEngineError: The engine has no type for a column.
    """
    declares = engine.declared_columns(raw_table(source, table))
    for schema in {SCHEMA, declares.split(".")[0]}:
        connection.execute(f"create schema if not exists {schema}")
    columns = {**table.column_types, **SYSTEM_COLUMNS}
    _create(connection, declares, columns)
    _create(connection, rejected_table(source, table), REJECTED_COLUMNS)
    present = _present_columns(connection, *declares.split("."))
    for name, declared in columns.items():
        held = present.get(name.lower())
        if held is None:
            connection.execute(f"alter table {declares} add column {identifier(name)} {declared}")
        elif held != declared:
            raise TableMismatchError(
                f"{raw_table(source, table)}: column {name!r} is {held} in the warehouse and "
                f"{declared} in the declaration. Change the declaration back, or drop the table "
                "and load all its partitions again."
            )
    engine.make_days(connection, raw_table(source, table))


def _create(connection: duckdb.DuckDBPyConnection, name: str, columns: dict[str, str]) -> None:
    declared = ", ".join(f"{identifier(column)} {kind}" for column, kind in columns.items())
    connection.execute(f"create table if not exists {name} ({declared})")


def _present_columns(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str
) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = "
        f"current_database() and schema_name = {literal(schema)} and table_name = {literal(table)}"
    ).fetchall()
    return {name.lower(): kind for name, kind in rows}


def replace_partitions(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    table: TableSpec,
    checked: Sequence[CheckedFile],
    good: Sequence[str],
    examined: Sequence[str],
    engine: Engine = IN_WAREHOUSE,
) -> None:
    """Replace rows and rejects in one transaction.

    Next to another engine than DuckDB the rows go first, each day in one step, and the rejects
    follow.

    Args:
        connection: A connection without an open transaction.
        source: Name of the source.
        table: What is declared.
        checked: The staged files.
        good: Partitions whose rows are replaced.
        examined: Partitions whose rejects are replaced: the good ones, and those that were refused
            for having too many, so that one can see what was wrong with them.
        engine: Where the raw table is kept.
    """
    loaded_at = datetime.now(UTC).replace(tzinfo=None)
    with transaction(connection):
        engine.replace_days(
            connection,
            raw_table(source, table),
            good,
            lambda target: _insert_rows(connection, target, table, loaded_at, good),
        )
        delete_days(connection, rejected_table(source, table), examined)
        rejects = [
            reject
            for file in checked
            if file.landed.partition in set(examined)
            for reject in file.rejects
        ]
        _insert_rejects(connection, rejected_table(source, table), rejects, loaded_at)


def _insert_rows(
    connection: duckdb.DuckDBPyConnection,
    into: str,
    table: TableSpec,
    loaded_at: datetime,
    good: Sequence[str],
) -> None:
    names = ", ".join(identifier(name) for name in table.columns)
    values = ", ".join(f"s.v{index}" for index in range(len(table.columns)))
    target = (
        f"insert into {into} "
        f"({names}, _unexpected, _partition, _source_file, _loaded_at, _row_number)"
    )
    selected = f"select {values}, s._unexpected, f.day, f.relative, ?::TIMESTAMP"
    rows = f"from {STAGED} s join {FILES} f on s._file = f.path"
    wanted = "f.day in (select unnest(?::DATE[]))"
    # Row numbers come from the position in the temporary table, which is the order of the file;
    # only files that lost rows have to be counted again.
    connection.execute(
        f"{target} {selected}, s.rowid - f.first_row + 1 {rows} where f.bad = 0 and {wanted}",
        [loaded_at, list(good)],
    )
    connection.execute(
        f"{target} {selected}, row_number() over (partition by s._file order by s.rowid) {rows} "
        f"where f.bad > 0 and {wanted} and s.rowid not in (select row_id from {BAD})",
        [loaded_at, list(good)],
    )


def _insert_rejects(
    connection: duckdb.DuckDBPyConnection, name: str, rejects: Sequence[Reject], loaded_at: datetime
) -> None:
    if not rejects:
        return
    fields = [
        [reject.file.partition for reject in rejects],
        [reject.file.relative for reject in rejects],
        [reject.line for reject in rejects],
        [reject.column for reject in rejects],
        [reject.reason for reject in rejects],
        [reject.raw_text for reject in rejects],
    ]
    connection.execute(
        f"insert into {name} select unnest(?::VARCHAR[])::DATE, unnest(?::VARCHAR[]), "
        "unnest(?::BIGINT[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), unnest(?::VARCHAR[]), "
        "?::TIMESTAMP",
        [*fields, loaded_at],
    )
