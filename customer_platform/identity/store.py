"""Where the map of an entity is kept, and the one object that holds a connection to it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from customer_platform.identity.entities import CUSTOMER, check_entity, entity_table
from customer_platform.identity.rules import ResolutionRules
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import columns_of, read_frame, table_kind

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


# The schema in which everybody reads the maps of all entities.
IDENTITY = "identity"

REFUSED_LINKS_COLUMNS = (
    "rule varchar, source varchar, source_record_id varchar, customer_id varchar, "
    "other_source varchar, other_record_id varchar, other_customer_id varchar, "
    "refused_by varchar, this_side varchar, other_side varchar"
)


@dataclass(frozen=True)
class OutputTables:
    """Where the results are. The schema is made if it isn't there.

    The engine has one name for whatever it resolves: the customer. For another entity
    `entity_tables` keeps its tables in a schema of their own, and everybody reads views on them
    that have the entity's names.

    Attributes:
        schema: Schema of the tables; the table names follow.
        entity: What is resolved.
        views: Schema of the views that have the entity's names; None where the tables have them.
        link_overrides: Table of what stewards have decided, schema.table, which explanations
            quote; None for `link_overrides` beside the map.
    """

    schema: str
    customer_id_map: str = "customer_id_map"
    customer_id_history: str = "customer_id_history"
    customer_id_changes: str = "customer_id_changes"
    customer_id_registry: str = "customer_id_registry"
    customer_id_redirects: str = "customer_id_redirects"
    refused_links: str = "refused_links"
    match_rule_statistics: str = "match_rule_statistics"
    over_shared_values: str = "over_shared_values"
    resolution_runs: str = "resolution_runs"
    health_runs: str = "health_runs"
    resolution_state: str = "resolution_state"
    ended_memberships: str = "ended_memberships"
    applied_overrides: str = "applied_overrides"
    link_decisions: str = "link_decisions"
    customer_sizes: str = "customer_sizes"
    similar_pairs: str = "similar_pairs"
    similar_models: str = "similar_models"
    similar_runs: str = "similar_runs"
    compared_records: str = "compared_records"
    review_queue: str = "review_queue"
    entity: str = CUSTOMER
    views: str | None = None
    link_overrides: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The fields that name a table."""
        other = ("schema", "entity", "views", "link_overrides")
        return tuple(field.name for field in fields(self) if field.name not in other)

    def qualified(self, table: str) -> str:
        """The table's name with its schema, quoted."""
        return f"{sql.identifier(self.schema)}.{sql.identifier(table)}"

    def read_as(self, table: str) -> str:
        """The name under which everybody reads the table, with its schema: that of its view."""
        if self.views is None:
            return f"{self.schema}.{table}"
        return f"{self.views}.{entity_table(table, self.entity)}"

    @property
    def read_by_models(self) -> tuple[str, ...]:
        """The tables that models may read, by the names under which everybody reads them."""
        return tuple(
            self.read_as(table)
            for table in (
                self.customer_id_map,
                self.customer_id_history,
                self.customer_id_changes,
                self.customer_id_registry,
                self.customer_id_redirects,
            )
        )

    @property
    def kept_inside(self) -> tuple[str, ...]:
        """The tables that hold what the next run or an explanation needs; they have no views."""
        return (
            self.resolution_state,
            self.ended_memberships,
            self.applied_overrides,
            self.link_decisions,
            self.customer_sizes,
            self.compared_records,
        )


def entity_tables(entity: str, link_overrides: str | None = None) -> OutputTables:
    """Where a warehouse keeps the map of an entity.

    Args:
        entity: `customer`, whose tables lie in the schema `identity` as they are, or another,
            whose tables lie in `identity_<entity>` and are read through views in `identity`.
        link_overrides: Table of what stewards have decided, schema.table.

    Raises:
        ValueError: The name is no lower-case identifier.
    """
    if check_entity(entity) == CUSTOMER:
        return OutputTables(IDENTITY, link_overrides=link_overrides)
    return OutputTables(
        f"{IDENTITY}_{entity}", entity=entity, views=IDENTITY, link_overrides=link_overrides
    )


@dataclass(frozen=True)
class IdentityStore:
    """The map of an entity in a database, the records that it is of, and the rules it follows.

    Attributes:
        connection: A DuckDB connection; one that only reads is enough for all that keeps nothing.
        records: The records: a table name or a query. One row per source and record id.
        rules: The rules.
        tables: Where the map is kept, and what is kept next to it; not needed where nothing is.
    """

    connection: "DuckDBPyConnection"
    records: str
    rules: ResolutionRules
    tables: OutputTables = OutputTables(IDENTITY)

    @cached_property
    def quoted(self) -> OutputTables:
        """The tables by their qualified names, as SQL writes them."""
        names = {
            name: self.tables.qualified(getattr(self.tables, name)) for name in self.tables.names
        }
        return replace(self.tables, **names)

    def has(self, table: str) -> bool:
        """Whether there is a table or view of this name where the map is kept."""
        return table_kind(self.connection, self.tables.schema, table) is not None

    def columns(self) -> list[str]:
        """Names of the records' columns."""
        return columns_of(self.connection, self.records)

    def sql(self, name: str, **parts: str) -> str:
        """A statement from a file, with the tables of the store and further parts filled in.

        Args:
            name: Room and file, see `customer_platform.warehouse.sql.statement`.
            parts: Names, expressions and queries.
        """
        tables = {table: getattr(self.quoted, table) for table in self.tables.names}
        return sql.statement(name, schema=sql.identifier(self.tables.schema), **tables, **parts)

    def execute(self, name: str, values: Mapping[str, Any] | None = None, **parts: str) -> None:
        """Runs a statement from a file.

        Args:
            name: Room and file.
            values: What is bound to each `$name`.
            parts: Names, expressions and queries.
        """
        self.connection.execute(self.sql(name, **parts), values)

    def rows(
        self, name: str, values: Mapping[str, Any] | None = None, **parts: str
    ) -> list[tuple[Any, ...]]:
        """The rows of a query from a file; see `execute`."""
        found: list[tuple[Any, ...]] = self.connection.execute(
            self.sql(name, **parts), values
        ).fetchall()
        return found

    def frame(self, name: str, **parts: str) -> "pd.DataFrame":
        """The rows of a query from a file as a pandas frame."""
        return read_frame(self.connection, self.sql(name, **parts))
