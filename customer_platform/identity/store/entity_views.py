"""The views under which everybody reads the map of an entity that isn't the customer."""

from typing import TYPE_CHECKING

from customer_platform.errors import StateError
from customer_platform.identity.entities import entity_column, entity_table
from customer_platform.identity.tables import OutputTables
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import table_kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def viewed_tables(tables: OutputTables) -> list[str]:
    """The tables that are read by others, where all of them are there."""
    return [
        tables.customer_id_map,
        tables.customer_id_history,
        tables.customer_id_changes,
        tables.customer_id_registry,
        tables.customer_id_redirects,
        tables.refused_links,
        tables.review_queue,
        tables.match_rule_statistics,
        tables.over_shared_values,
        tables.resolution_runs,
        tables.health_runs,
        tables.similar_pairs,
        tables.similar_models,
        tables.similar_runs,
    ]


def create_entity_views(connection: "DuckDBPyConnection", tables: OutputTables) -> None:
    """Makes a view on every table of an entity that is there, and drops those of the others.

    A view has the rows of its table. Columns named `*customer_id` are named `*<entity>_id`. Nothing
    happens where the tables have the entity's names themselves.

    Args:
        connection: A connection; when it is in a transaction, the views are part of that.
        tables: Where the map is kept.

    Raises:
        StateError: There is a table where a view shall be.
    """
    if tables.views is None:
        return
    connection.execute(f"create schema if not exists {sql.identifier(tables.views)}")
    for table in viewed_tables(tables):
        name = entity_table(table, tables.entity)
        view = f"{sql.identifier(tables.views)}.{sql.identifier(name)}"
        if table_kind(connection, tables.views, name) == "BASE TABLE":
            raise StateError(
                f"{tables.read_as(table)} is a table, and the map of the entity "
                f"{tables.entity!r} is read through a view of that name: rename the table or the "
                "entity"
            )
        if table_kind(connection, tables.schema, table) is None:
            connection.execute(f"drop view if exists {view}")
            continue
        columns = ", ".join(
            f"{sql.identifier(column)} as {sql.identifier(entity_column(column, tables.entity))}"
            for (column, *_) in connection.execute(f"describe {tables.qualified(table)}").fetchall()
        )
        connection.execute(
            f"create or replace view {view} as select {columns} from {tables.qualified(table)}"
        )
