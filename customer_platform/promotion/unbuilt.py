"""Days that have landed in a warehouse and that no refresh has built yet."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.identity.store import OutputTables
from customer_platform.ingestion.tables import SCHEMA
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LISTED = 7


def unbuilt_days(warehouse: Path) -> tuple[str, ...]:
    """The days of raw rows that landed after customers were last resolved, ISO, in order.

    Every refresh resolves them, and comes after what it builds has landed. A refresh of other days
    alone passes for one of these, too: then a day is missing here.

    Args:
        warehouse: The warehouse, which is only read.
    """
    import duckdb

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        refreshed = _refreshed_at(connection)
        if refreshed is None:
            return ()
        days: set[str] = set()
        for table in _raw_tables(connection):
            found = connection.execute(
                f"select distinct _partition::varchar from {identifier(SCHEMA)}."
                f"{identifier(table)} where _loaded_at > $refreshed",
                {"refreshed": refreshed},
            ).fetchall()
            days |= {day for (day,) in found}
    return tuple(sorted(days))


def listed(days: Sequence[str]) -> str:
    """Days in words: each, or the first and the last of many."""
    if len(days) <= _LISTED:
        return ", ".join(days)
    return f"{len(days):,} days from {days[0]} to {days[-1]}"


def _refreshed_at(connection: "DuckDBPyConnection") -> datetime | None:
    """When anybody was last resolved, whichever entity it was, UTC; None if nobody ever was."""
    schemas = connection.execute(
        "select schema_name from duckdb_tables() where database_name = current_database() "
        "and table_name = ?",
        [OutputTables.resolution_runs],
    ).fetchall()
    found: list[datetime | None] = [
        connection.execute(
            f"select max(resolved_at) from {identifier(schema)}.{OutputTables.resolution_runs}"
        ).fetchall()[0][0]
        for (schema,) in schemas
    ]
    return max(filter(None, found), default=None)


def _raw_tables(connection: "DuckDBPyConnection") -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_columns() where database_name = current_database() "
        "and schema_name = ? and column_name in ('_partition', '_loaded_at') "
        "and not table_name.ends_with('__rejected') group by table_name having count(*) = 2",
        [SCHEMA],
    ).fetchall()
    return [table for (table,) in rows]
