"""What becomes of tables and views: their rows, amounts and columns, before and after a change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.warehouse.duckdb import column_types
from customer_platform.warehouse.sql import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SCHEMAS = ("raw", "staging", "identity", "master")
# Tables that are the platform's own notes of runs.
_NOTES = re.compile(
    r"raw\.\w+__rejected"
    r"|master\.(pending_changes|built_choices|restated_\w+)"
    r"|identity\.\w*(_runs|_state|_statistics|_changes|_sizes|compared_records|applied_overrides"
    r"|link_decisions)"
)


@dataclass(frozen=True)
class RelationEffect:
    """What becomes of a table or view.

    Attributes:
        name: `schema.table`.
        rows: Rows before and after; None of a staging view, which isn't counted.
        amounts: Of facts with amounts, by currency, the sum before and after, as text.
        added: Columns that are new, with their types.
        removed: Columns that are gone.
        retyped: Columns whose type is another: name, before, after.
        change: `new` or `gone`; None where it is there before and after.
    """

    name: str
    rows: tuple[int | None, int | None]
    amounts: tuple[tuple[str, str, str], ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()
    change: str | None = None

    @property
    def is_other(self) -> bool:
        """Whether anything of it differs."""
        amounts = any(before != after for _, before, after in self.amounts)
        columns = self.added or self.removed or self.retyped
        return self.rows[0] != self.rows[1] or amounts or bool(columns or self.change)


@dataclass(frozen=True)
class _Relation:
    """A table or view: its columns with their types, its rows, its amounts by currency."""

    columns: Mapping[str, str]
    rows: int | None
    amounts: Mapping[str, str]


_NONE = _Relation({}, None, {})


def _read(warehouse: Path) -> dict[str, _Relation]:
    """The tables and views of a warehouse, by `schema.table`."""
    import duckdb

    found = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables "
            f"where table_schema in ({', '.join(map(literal, _SCHEMAS))})"
        ).fetchall()
        for (name,) in names:
            if _NOTES.fullmatch(name):
                continue
            columns = column_types(connection, *name.split("."))
            counted = not name.startswith("staging.")
            # What a source calls an amount may be text still.
            has_amounts = name.startswith("master.") and {"amount", "currency"} <= {*columns}
            found[name] = _Relation(
                columns,
                _count(connection, name) if counted else None,
                _amounts(connection, name) if has_amounts else {},
            )
    return found


def relation_effects(before: Path, after: Path) -> tuple[RelationEffect, ...]:
    """What becomes of the tables and views of a warehouse, by name.

    Args:
        before: The warehouse as it was.
        after: That which was built with the change.
    """
    # Each by itself: its views name the database that it is alone.
    olds, news = _read(before), _read(after)
    found = []
    for name in sorted({*olds, *news}):
        old, new = olds.get(name, _NONE), news.get(name, _NONE)
        currencies = sorted({*old.amounts, *new.amounts})
        there = name in olds and name in news
        found.append(
            RelationEffect(
                name,
                (old.rows, new.rows),
                tuple(
                    (each, old.amounts.get(each, "0"), new.amounts.get(each, "0"))
                    for each in currencies
                ),
                tuple(
                    f"{column} {kind}"
                    for column, kind in new.columns.items()
                    if there and column not in old.columns
                ),
                tuple(column for column in old.columns if there and column not in new.columns),
                tuple(
                    (column, kind, new.columns[column])
                    for column, kind in old.columns.items()
                    if there and new.columns.get(column, kind) != kind
                ),
                None if there else "new" if name in news else "gone",
            )
        )
    return tuple(found)


def _count(connection: "DuckDBPyConnection", table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchall()[0][0])


def _amounts(connection: "DuckDBPyConnection", table: str) -> dict[str, str]:
    rows: Sequence[tuple[str, Decimal]] = connection.execute(
        f"select coalesce(currency, ''), sum(amount) from {table} group by all order by all"
    ).fetchall()
    return {currency: str(amount) for currency, amount in rows}


def warehouse_columns(warehouse: Path) -> dict[str, Mapping[str, str]]:
    """The columns of the tables and views of a warehouse with their types, by `schema.table`."""
    import duckdb

    found: dict[str, dict[str, str]] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() "
            "where not internal and database_name = current_database() order by column_index"
        ).fetchall()
    for schema, table, column, kind in rows:
        found.setdefault(f"{schema}.{table}", {})[column] = kind
    return {**found}
