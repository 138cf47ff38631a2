"""The golden records of an entity: which published relation has them, and what of one is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from customer_platform.declarations import Entity
from customer_platform.privacy.declared import Declared
from customer_platform.privacy.personal import HIDDEN, BySource, mask_value
from customer_platform.publishing.golden import golden_relation, telling
from customer_platform.warehouse.sql import identifier
from customer_platform.workbench.access import User
from customer_platform.workbench.reading import Published

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Golden:
    """Where the golden records of an entity are.

    Attributes:
        entity: The entity.
        relation: The published relation, schema.table.
        columns: Its columns.
    """

    entity: Entity
    relation: str
    columns: tuple[str, ...]

    @property
    def figures(self) -> list[str]:
        """Its columns that are neither attributes nor IDs: how much somebody buys, since when."""
        attributes = {*self.entity.attributes, *(f"{each}_source" for each in self.attributes)}
        return [
            name
            for name in self.columns
            if name not in attributes and not name.endswith("_id") and name != "sources"
        ]

    @property
    def owner(self) -> str:
        """The column of the ID."""
        return f"{self.entity.entity}_id"

    @property
    def attributes(self) -> list[str]:
        """The entity's attributes that are in it."""
        return [name for name in self.entity.attributes if name in self.columns]

    def rows(
        self, connection: "DuckDBPyConnection", ids: Sequence[str]
    ) -> dict[str, dict[str, Any]]:
        """The golden records of some IDs, by ID.

        Args:
            connection: A connection that reads the masters.
            ids: The IDs.
        """
        if not ids:
            return {}
        # Named one by one, DuckDB leaves out row groups without reading them.
        marks = ", ".join("?" for _ in ids)
        found = connection.execute(
            f"select * from {self.relation} where {identifier(self.owner)} in ({marks})",
            list(ids),
        )
        names = [name for name, *_ in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return {row[self.owner]: row for row in rows}


def golden_of(published: Published, entity: Entity) -> Golden | None:
    """Where the golden records of an entity are published; None where they aren't."""
    found = golden_relation(
        entity.entity, entity.attributes, published.relations, published.columns
    )
    if found is None:
        return None
    return Golden(entity, f"master.{found.name}", published.columns[found.name])


def name_of(entity: Entity, row: Mapping[str, Any]) -> str:
    """What somebody is called: the attributes that are names, of companies the company's alone."""
    names = [name for name, each in entity.attributes.items() if each.personal == "name"]
    company = [name for name in names if "company" in name and row.get(name)]
    people = [name for name in names if name in ("first_name", "last_name")]
    chosen = people if any(row.get(name) for name in people) else company or names
    return " ".join(str(row[name]) for name in chosen if row.get(name))


def summary_of(entity: Entity, row: Mapping[str, Any]) -> list[str]:
    """What tells somebody apart from others of the name: addresses, numbers, the place."""
    kinds = {name: each.personal for name, each in entity.attributes.items()}
    name = name_of(entity, row)
    told = [str(row[each]) for each in telling(kinds) if row.get(each)]
    return [each for each in told if each not in name]


def masked_row(
    declared: Declared, user: User, table: str, row: Mapping[str, Any]
) -> dict[str, Any]:
    """A row of a published table as a user may see it.

    Args:
        declared: What is declared of personal data.
        user: Who asks.
        table: The table, schema.table.
        row: Its row.
    """
    if user.sees_values:
        return dict(row)
    kinds = declared.relation(table, row)
    return {
        name: None if value is None else _masked(value, kinds[name.lower()], row)
        for name, value in row.items()
    }


def _masked(value: Any, kind: Any, row: Mapping[str, Any]) -> Any:
    if isinstance(kind, BySource):
        kind = kind.of(row.get(kind.column))
    if kind is False:
        return value
    return mask_value(str(value), kind) if isinstance(value, str) or kind else HIDDEN
