"""What a change has done: the tables of a version beside those that were built with the change."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.identity.store import IdentityStore
from customer_platform.privacy.declared import Declared
from customer_platform.promotion.golden import GoldenEffect, golden_effects
from customer_platform.promotion.relations import RelationEffect, relation_effects
from customer_platform.stewardship.explain import mask_names
from customer_platform.stewardship.preview import preview_built, text
from customer_platform.warehouse.duckdb import table_kind
from customer_platform.warehouse.sql import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_AFTER = "after"
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

    relations = relation_effects(before, after)
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
