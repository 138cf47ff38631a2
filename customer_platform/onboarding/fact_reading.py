"""How rows are read as transactions or events, and what JSON columns of events hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.column_statistics import statistics
from customer_platform.onboarding.fact_roles import as_text, find_roles, names_of_events
from customer_platform.onboarding.loaded_rows import LoadedRows
from customer_platform.onboarding.tools import Export, spelling
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


@dataclass(frozen=True)
class Facts:
    """How the rows of a table are transactions or events.

    Attributes:
        kind: `transactions` or `events`.
        roles: What of a transaction or event -> the column that holds it.
        export: The tool's export that it is recognised as, None where it is none.
        has_lines: Whether rows are lines of orders; otherwise a row is an order.
        of_order: Roles that an order has once, on its first line or on each.
        gaps: Roles whose column isn't filled in every row.
        first_row: Whether only the first row of an order counts, as each repeats its total.
        return_prefix: What the number of an order begins with that takes goods back.
        names_order: Whether a row that takes back has the number of the order that it undoes.
        currency: The currency of all amounts, where no column says it; empty for the currency that
            the company reports in.
        accounts_of: Of events: the source whose accounts they name; empty for the default.
        notes: What a person should know.
        inside: What of the columns in `roles` is inside of JSON columns.
    """

    kind: str
    roles: Mapping[str, str]
    export: Export | None = None
    has_lines: bool = True
    of_order: frozenset[str] = frozenset()
    gaps: frozenset[str] = frozenset()
    first_row: bool = False
    return_prefix: str = ""
    names_order: bool = True
    currency: str = ""
    accounts_of: str = ""
    notes: Sequence[str] = ()
    inside: Mapping[str, InnerColumn] = field(default_factory=dict)

    @property
    def customer(self) -> tuple[str, ...]:
        """The roles that say whose a fact is, the surest first."""
        names = ("customer_id", "customer_email", "account_id", "email")
        return tuple(role for role in names if role in self.roles)

    def role_of(self, column: str) -> str | None:
        """What a column is of the fact."""
        return next((role for role, name in self.roles.items() if name == column), None)
