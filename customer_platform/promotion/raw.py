"""Brings the raw tables of one warehouse up to those of another: the days that differ."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.ingestion.tables import SCHEMA
from customer_platform.promotion.days import Days
from customer_platform.promotion.landing import Landing
from customer_platform.warehouse.duckdb import transaction
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_OTHER = "other_warehouse"
_REJECTED = "__rejected"


def copy_raw(
    connection: "DuckDBPyConnection",
    other: Path,
    landing: Landing,
    parted: datetime,
    landed: datetime,
    note: Callable[[Days], None],
) -> None:
    """Replaces the days of raw tables that have landed in another warehouse, or are gone there.

    Days of a table that differs there aren't copied, but noted to be landed: rows that don't fit
    would fail, and columns that the other one lacks would stay empty.

    Each table follows as a whole or not at all, so whoever is killed can begin again.

    Args:
        connection: The warehouse, without an open transaction.
        other: The other one, which is only read.
        landing: How the two land their tables.
        parted: When the two parted, UTC: only what has changed since is copied.
        landed: Only what has landed there later has to be landed here, UTC.
        note: Is told a table's days before they are replaced.
    """
    connection.execute(f"attach {literal(str(other))} as {_OTHER} (read_only)")
    try:
        theirs, ours = _shapes(connection, _OTHER), _shapes(connection, None)
        for table in sorted({each.removesuffix(_REJECTED) for each in theirs}):
            names = [each for each in (table, table + _REJECTED) if each in theirs]
            is_alike = all(ours.get(each) == theirs[each] for each in names)
            if is_alike and table not in landing.otherwise | landing.alone:
                for name in names:
                    _copy_table(connection, table, name, parted, note)
            elif table in landing.declared:
                days = {
                    day
                    for name in names
                    for day in _newer_days(connection, name, name in ours, landed)
                }
                if days:
                    note(Days(to_land={table: days}))
    finally:
        connection.execute(f"detach {_OTHER}")


def _copy_table(
    connection: "DuckDBPyConnection",
    table: str,
    name: str,
    parted: datetime,
    note: Callable[[Days], None],
) -> None:
    ours, theirs = _named(name), f"{_OTHER}.{_named(name)}"
    with transaction(connection):
        # A day that isn't there goes if it was there when the two parted, as all was that had
        # landed by then. One that has landed here later never was there: its rows stay, since
        # they may be the only ones.
        found = connection.execute(
            f"select _partition::varchar from ({_state(theirs)}) as theirs "
            f"full join ({_state(ours)}) as ours using (_partition) "
            "where (theirs.held is distinct from ours.held "
            "or theirs.loaded_at is distinct from ours.loaded_at) "
            "and if(theirs.held is null, ours.loaded_at <= $parted, theirs.loaded_at > $parted)",
            {"parted": parted},
        ).fetchall()
        if found:
            days = {day for (day,) in found}
            note(Days(copied={table: days}))
            chosen = ", ".join(map(literal, sorted(days)))
            connection.execute(f"delete from {ours} where _partition in ({chosen})")
            connection.execute(
                f"insert into {ours} by name select * from {theirs} where _partition in ({chosen})"
            )


def _newer_days(
    connection: "DuckDBPyConnection", name: str, is_here: bool, since: datetime
) -> set[str]:
    """The days of a table that have landed in the other warehouse, and not here since."""
    here = _state(_named(name)) if is_here else "select null::date as _partition, null as loaded_at"
    found = connection.execute(
        f"select _partition::varchar from ({_state(f'{_OTHER}.{_named(name)}')}) as theirs "
        f"left join ({here}) as ours using (_partition) "
        "where theirs.loaded_at > $since and coalesce(ours.loaded_at < theirs.loaded_at, true)",
        {"since": since},
    ).fetchall()
    return {day for (day,) in found}


def _state(name: str) -> str:
    return (
        "select _partition, count(*) as held, max(_loaded_at) as loaded_at "
        f"from {name} group by all"
    )


def _named(name: str) -> str:
    return f"{identifier(SCHEMA)}.{identifier(name)}"


def _shapes(connection: "DuckDBPyConnection", database: str | None) -> dict[str, dict[str, str]]:
    """The raw tables of a database, the current one by default: their columns with their types."""
    rows = connection.execute(
        "select table_name, lower(column_name), data_type from duckdb_columns() "
        "where database_name = coalesce(?, current_database()) and schema_name = ?",
        [database, SCHEMA],
    ).fetchall()
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for table, column, kind in rows:
        found[table][column] = kind
    return {
        table: columns
        for table, columns in found.items()
        if {"_partition", "_loaded_at"} <= {*columns}
    }
