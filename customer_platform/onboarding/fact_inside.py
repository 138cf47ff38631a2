"""What JSON columns of events hold: values that have no column of their own."""

import re
from dataclasses import dataclass

import duckdb

from customer_platform.onboarding.column_statistics import statistics
from customer_platform.onboarding.columns import Column
from customer_platform.onboarding.fact_roles import as_text, find_roles, names_of_events
from customer_platform.onboarding.loaded_rows import LoadedRows
from customer_platform.onboarding.tools import spelling
from customer_platform.onboarding.types import ColumnType, infer_types
from customer_platform.warehouse.sql import identifier, literal

_ROWS = 2_000


@dataclass(frozen=True)
class InnerColumn:
    """A value of the objects in a column.

    Attributes:
        column: As if it were a column.
        outer: The column that it is in.
        key: Its key there, as macros write it in a path.
    """

    column: Column
    outer: str
    key: str


def inner_columns(rows: LoadedRows) -> tuple[str, dict[str, InnerColumn]]:
    """What is known of events inside of JSON columns, where no column says when something happened.

    Args:
        rows: The rows.

    Returns:
        The name of a view of the rows with these values as columns, and the values by their key.
    """
    connection, table = rows.connection, rows.table
    outer = [name for name, kind in rows.types.items() if kind.type == "json"]
    if not outer or "occurred_at" in find_roles("events", rows.types, rows.found, {})[0]:
        return table, {}
    inside: dict[str, str] = {}
    for name in outer:
        for key in _keys(connection, table, name):
            if spelling(key) in names_of_events() and key not in rows.types:
                inside.setdefault(key, name)
    if not inside:
        return table, {}
    values = ", ".join(
        f"json_extract_string({identifier(name)}, {literal('$.' + _path(key))}) as "
        f"{identifier(key)}"
        for key, name in inside.items()
    )
    view = f"inside__{table.rpartition('__')[2]}"
    connection.execute(
        f"create or replace temp view {identifier(view)} as select *, {values} from {table}"
    )
    measured = statistics(connection, identifier(view), list(inside))
    given = dict.fromkeys(inside, "varchar")
    kinds = as_text(infer_types(connection, identifier(view), given, measured, [], []))
    return identifier(view), {
        key: InnerColumn(Column(key, _read_as(kinds[key]), measured[key]), name, _path(key))
        for key, name in inside.items()
    }


def _read_as(kind: ColumnType) -> ColumnType:
    """The type that a text inside is read as: moments stay text, with the offsets they may have."""
    return kind if kind.type == "bigint" else ColumnType("varchar")


def _keys(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    """The keys of the objects in a column, in the order in which they come."""
    rows = connection.execute(
        f"select key from (select unnest(json_keys(value)) as key, row from (select "
        f"{identifier(column)} as value, row_number() over () as row from {table} "
        f"where json_type({identifier(column)}) = 'OBJECT' limit {_ROWS})) "
        "group by key order by min(row), key"
    ).fetchall()
    return [key for (key,) in rows if '"' not in key]


def _path(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_]\w*", key) else f'"{key}"'
