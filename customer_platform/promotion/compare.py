"""What a change has done: the tables of a version beside those that were built with the change."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.identity.store import IdentityStore
from customer_platform.privacy.declared import Declared
from customer_platform.promotion.golden import GoldenEffect, golden_effects
from customer_platform.stewardship.explain import mask_names
from customer_platform.stewardship.preview import preview_built, text
from customer_platform.warehouse.duckdb import column_types, table_kind
from customer_platform.warehouse.sql import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_AFTER = "after"
_SCHEMAS = ("staging", "identity", "master")
# Tables that are the platform's own notes of runs.
_NOTES = re.compile(
    r"master\.(pending_changes|built_choices|restated_\w+)"
    r"|identity\.\w*(_runs|_state|_statistics|_changes|_sizes|compared_records|applied_overrides)"
)
_CHANGES = 5


@dataclass(frozen=True)
class EntityEffect:
    """What becomes of the customers, buyers, accounts ... of an entity.

    Attributes:
        entity: The entity.
        now: How many there are.
        then: How many there would be.
        merging: How many become one with others.
        splitting: How many split.
        moved_records: Records that get another customer.
        moved_revenue: Net revenue that moves with them, by currency, as text.
        report: The same explained, values masked.
    """

    entity: str
    now: int
    then: int
    merging: int
    splitting: int
    moved_records: int
    moved_revenue: tuple[tuple[str, str], ...]
    report: str

    @property
    def changed(self) -> int:
        """How many are no longer who they were."""
        return self.merging + self.splitting


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
    """

    name: str
    rows: tuple[int | None, int | None]
    amounts: tuple[tuple[str, str, str], ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_other(self) -> bool:
        """Whether anything of it differs."""
        amounts = any(before != after for _, before, after in self.amounts)
        columns = self.added or self.removed or self.retyped
        return self.rows[0] != self.rows[1] or amounts or bool(columns)


@dataclass(frozen=True)
class Effect:
    """What a change has done."""

    entities: tuple[EntityEffect, ...]
    golden: tuple[GoldenEffect, ...]
    relations: tuple[RelationEffect, ...]


def compare(
    before: Path,
    after: Path,
    declared_before: Declarations,
    declared: Declarations,
    masks: Declared,
) -> Effect:
    """Compares two warehouses, which are only read.

    Args:
        before: That of the version.
        after: That which was built with the change.
        declared_before: What the version declares.
        declared: What the change declares.
        masks: What is declared of personal data.
    """
    import duckdb

    # Each by itself first: its views name the database that it is alone.
    relations = _relations(_read(before), _read(after))
    with duckdb.connect(str(before), read_only=True) as connection:
        connection.execute(f"attach {literal(str(after))} as {_AFTER} (read_only)")
        entities = [
            _entity(connection, name, declared_before, declared, masks)
            for name in declared.entities
            if name in declared_before.entities
        ]
        golden = golden_effects(connection, _AFTER, declared, masks)
    return Effect(tuple(filter(None, entities)), golden, relations)


def _entity(
    connection: "DuckDBPyConnection",
    name: str,
    declared_before: Declarations,
    declared: Declarations,
    masks: Declared,
) -> EntityEffect | None:
    entity, old = declared.entities[name], declared_before.entities[name]
    tables = entity.tables
    if table_kind(connection, tables.schema, tables.customer_id_map) is None:
        return None
    records = f"{_AFTER}.{entity.records}"
    store = IdentityStore(connection, records, entity.rules, tables)
    found = preview_built(store, _AFTER, current_rules=old.rules, changes=_CHANGES)
    totals, mask = found.totals, masks.record_mask(entity.rules, entity.records)
    return EntityEffect(
        entity=name,
        now=totals.customers_now,
        then=totals.customers_then,
        merging=totals.merging,
        splitting=totals.splitting,
        moved_records=totals.moved_records,
        moved_revenue=tuple((each.currency, str(each.moved)) for each in found.revenue or ()),
        report=text.render(mask_names(replace(found, same_rules=False), mask.name), mask),
    )


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
            has_amounts = counted and {"amount", "currency"} <= {*columns}
            found[name] = _Relation(
                columns,
                _count(connection, name) if counted else None,
                _amounts(connection, name) if has_amounts else {},
            )
    return found


def _relations(
    before: Mapping[str, _Relation], after: Mapping[str, _Relation]
) -> tuple[RelationEffect, ...]:
    found = []
    for name in sorted({*before, *after}):
        old, new = before.get(name, _NONE), after.get(name, _NONE)
        currencies = sorted({*old.amounts, *new.amounts})
        there = name in before and name in after
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
