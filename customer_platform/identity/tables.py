"""The tables in which a customer ID map is kept."""

from dataclasses import dataclass

from customer_platform.identity.entities import CUSTOMER, check_entity, entity_table
from customer_platform.warehouse import sql

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
    customer_sizes: str = "customer_sizes"
    similar_pairs: str = "similar_pairs"
    similar_models: str = "similar_models"
    similar_runs: str = "similar_runs"
    compared_records: str = "compared_records"
    review_queue: str = "review_queue"
    entity: str = CUSTOMER
    views: str | None = None
    link_overrides: str | None = None

    def qualified(self, table: str) -> str:
        """The table's name with its schema, quoted."""
        return f"{sql.identifier(self.schema)}.{sql.identifier(table)}"

    def read_as(self, table: str) -> str:
        """The name under which everybody reads the table, with its schema: that of its view."""
        if self.views is None:
            return f"{self.schema}.{table}"
        return f"{self.views}.{entity_table(table, self.entity)}"

    @property
    def kept_inside(self) -> tuple[str, ...]:
        """The tables that hold what the next run needs, and that nobody else reads."""
        return (
            self.resolution_state,
            self.ended_memberships,
            self.applied_overrides,
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
