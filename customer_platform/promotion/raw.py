"""Brings the raw tables of one warehouse up to those of another: the days that differ."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.ingestion.tables import SCHEMA
from customer_platform.warehouse.duckdb import column_types, transaction
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_OTHER = "other_warehouse"


def copy_raw(
    connection: "DuckDBPyConnection",
    other: Path,
    since: datetime | None = None,
    note: Callable[[str, set[str]], None] = lambda table, days: None,
) -> dict[str, set[str]]:
    """Replaces the days of raw tables that have landed in another warehouse, or are gone there.

    Each table follows as a whole or not at all, so whoever is killed can begin again.

    Args:
        connection: The warehouse, without an open transaction.
        other: The other one, which is only read.
        since: Only what has landed there later, UTC; None for all that differs.
        note: Is told a table and its days before they are replaced.

    Returns:
        By raw table, its days that have changed, ISO.
    """
    connection.execute(f"attach {literal(str(other))} as {_OTHER} (read_only)")
    try:
        tables = connection.execute(
            "select table_name from duckdb_columns() where database_name = ? and schema_name = ? "
            "and column_name in ('_partition', '_loaded_at') group by table_name "
            "having count(*) = 2 order by table_name",
            [_OTHER, SCHEMA],
        ).fetchall()
        changed: dict[str, set[str]] = defaultdict(set)
        for (table,) in tables:
            if days := _copy_table(connection, table, since, note):
                changed[_of(table)] |= days
        return dict(changed)
    finally:
        connection.execute(f"detach {_OTHER}")


def _copy_table(
    connection: "DuckDBPyConnection",
    table: str,
    since: datetime | None,
    note: Callable[[str, set[str]], None],
) -> set[str]:
    name = f"{identifier(SCHEMA)}.{identifier(table)}"
    theirs = f"{_OTHER}.{name}"
    their_types = _their_columns(connection, table)
    with transaction(connection):
        connection.execute(f"create schema if not exists {identifier(SCHEMA)}")
        columns = ", ".join(f"{identifier(each)} {kind}" for each, kind in their_types.items())
        connection.execute(f"create table if not exists {name} ({columns})")
        for column in their_types.keys() - column_types(connection, SCHEMA, table).keys():
            connection.execute(
                f"alter table {name} add column {identifier(column)} {their_types[column]}"
            )
        state = (
            "select _partition, count(*) as held, max(_loaded_at) as loaded_at from {} group by all"
        )
        days = connection.execute(
            f"select _partition from ({state.format(theirs)}) as theirs "
            f"full join ({state.format(name)}) as ours using (_partition) "
            f"where (theirs.held is null or ours.held is null or theirs.held <> ours.held "
            f"or theirs.loaded_at <> ours.loaded_at) "
            f"and ($since::timestamp is null or coalesce(theirs.loaded_at > $since, true))",
            {"since": since},
        ).fetchall()
        if days:
            note(_of(table), {str(day) for (day,) in days})
            chosen = ", ".join(literal(str(day)) for (day,) in days)
            connection.execute(f"delete from {name} where _partition in ({chosen})")
            connection.execute(
                f"insert into {name} by name select * from {theirs} where _partition in ({chosen})"
            )
    return {str(day) for (day,) in days}


def _of(table: str) -> str:
    return table.removesuffix("__rejected")


def _their_columns(connection: "DuckDBPyConnection", table: str) -> dict[str, str]:
    """The columns of a raw table of the other warehouse with their types."""
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() where database_name = ? "
        "and schema_name = ? and table_name = ? order by column_index",
        [_OTHER, SCHEMA, table],
    ).fetchall()
    return dict(rows)
