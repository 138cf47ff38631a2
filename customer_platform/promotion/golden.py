"""Golden records that a change alters."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.privacy.declared import Declared
from customer_platform.privacy.personal import mask_frame
from customer_platform.warehouse.duckdb import column_types, read_frame, table_kind
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_EXAMPLES = 5


@dataclass(frozen=True)
class GoldenEffect:
    """Golden records that change, of customers that are there before and after.

    Attributes:
        table: The master, `schema.table`.
        changed: How many.
        columns: By attribute, how many.
        examples: A few, values masked.
    """

    table: str
    changed: int
    columns: tuple[tuple[str, int], ...]
    examples: tuple[str, ...]


def golden_effects(
    connection: "DuckDBPyConnection", after: str, declared: Declarations, masks: Declared
) -> tuple[GoldenEffect, ...]:
    """What becomes of the published golden records of every entity.

    Args:
        connection: The warehouse as it was.
        after: The name of the database that was built with the change, attached to it.
        declared: What the change declares.
        masks: What is declared of personal data.
    """
    return tuple(
        found
        for name in declared.entities
        for table in _masters_of(connection, declared, name)
        if (found := _golden(connection, after, table, f"{name}_id", declared, masks))
    )


def _masters_of(connection: "DuckDBPyConnection", declared: Declarations, entity: str) -> list[str]:
    """The published masters with a row per customer and its attributes."""
    attributes = {*declared.entities[entity].attributes}
    found = []
    for relation in declared.published:
        if relation.versions_of or relation.by_day or relation.as_view:
            continue
        schema, _, table = relation.table.partition(".")
        if table_kind(connection, schema, table) is None:
            continue
        columns = column_types(connection, schema, table)
        if f"{entity}_id" not in columns or not attributes & {*columns}:
            continue
        [(rows, ids)] = connection.execute(
            f"select count(*), count(distinct {entity}_id) from {relation.table}"
        ).fetchall()
        if rows == ids:
            found.append(relation.table)
    return found


def _golden(
    connection: "DuckDBPyConnection",
    after: str,
    table: str,
    key: str,
    declared: Declarations,
    masks: Declared,
) -> GoldenEffect | None:
    old, new = _columns(connection, after, table)
    attributes = declared.entities[key.removesuffix("_id")].attributes
    columns = [name for name in old if name in new and name in attributes]
    if not columns or key not in new:
        return None
    differ = {
        name: f"b.{identifier(name)}::varchar is distinct from a.{identifier(name)}::varchar"
        for name in columns
    }
    joined = f"from {table} as b join {after}.{table} as a using ({identifier(key)})"
    any_differs = " or ".join(differ.values())
    counts = ", ".join(f"count(*) filter (where {each})" for each in differ.values())
    [row] = connection.execute(
        f"select count(*) filter (where {any_differs}), {counts} {joined}"
    ).fetchall()
    shown = ", ".join(
        f"b.{identifier(name)} as {identifier(name)}, a.{identifier(name)} as "
        f"{identifier(f'{name}__then')}"
        for name in columns
    )
    frame = read_frame(
        connection,
        f"select {identifier(key)}, {shown} {joined} where {any_differs} "
        f"order by {identifier(key)} limit {_EXAMPLES}",
    )
    kinds = dict(masks.relation(table, columns))
    # Whether the two differ is seen before they are masked, and may be seen no longer after.
    differing = [
        [name for name in columns if str(values[name]) != str(values[f"{name}__then"])]
        for values in frame.to_dict("records")
    ]
    masked = mask_frame(
        frame, {**kinds, **{f"{name}__then": kinds[name] for name in columns}, key: False}
    ).to_dict("records")
    examples = [
        f"{values[key]}: "
        + ", ".join(
            f"{name} {_shown(values[name])} -> {_shown(values[f'{name}__then'])}" for name in names
        )
        for values, names in zip(masked, differing, strict=True)
    ]
    return GoldenEffect(
        table,
        row[0],
        tuple((name, count) for name, count in zip(columns, row[1:], strict=True) if count),
        tuple(examples),
    )


def _columns(
    connection: "DuckDBPyConnection", after: str, name: str
) -> tuple[dict[str, str], dict[str, str]]:
    """The columns before and after, with their types; none where there is no such relation."""
    schema, _, table = name.partition(".")
    rows: Sequence[tuple[bool, str, str]] = connection.execute(
        f"select database_name = {literal(after)}, column_name, data_type from duckdb_columns() "
        "where schema_name = ? and table_name = ? and not internal "
        f"and database_name in (current_database(), {literal(after)}) order by column_index",
        [schema, table],
    ).fetchall()
    return (
        {name: kind for is_after, name, kind in rows if not is_after},
        {name: kind for is_after, name, kind in rows if is_after},
    )


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)
