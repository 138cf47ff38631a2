"""Where the columns of dbt models come from, derived from their compiled SQL by sqlglot.

dagster-dbt derives the same, but qualifies a model's SQL again for each of its columns: half a
minute for a project of a hundred models, where one pass per model takes a fraction of a second.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError
from sqlglot.lineage import Node, lineage
from sqlglot.schema import MappingSchema

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Under this key Dagster looks for the lineage of an asset's columns.
COLUMN_LINEAGE = "dagster/column_lineage"

Relation = tuple[str, str, str]
"""Database, schema and name of a table or view."""

ColumnSources = dict[str, set[tuple[Relation, str]]]
"""Per column of a query, the columns of tables and views that it is computed from."""


def read_schema(connection: "DuckDBPyConnection", dialect: str) -> MappingSchema:
    """The columns of every table and view of a warehouse.

    Args:
        connection: A connection to the warehouse.
        dialect: The warehouse's dialect of SQL.
    """
    found: dict[str, Any] = {}
    for database, schema, table, column, kind in connection.execute(
        "select table_catalog, table_schema, table_name, column_name, data_type "
        "from information_schema.columns"
    ).fetchall():
        tables = found.setdefault(database, {}).setdefault(schema, {})
        tables.setdefault(table, {})[column] = kind
    return MappingSchema(found, dialect=dialect)


def column_sources(sql: str, schema: MappingSchema, dialect: str) -> ColumnSources:
    """The columns that each column of a query is computed from; none for a constant.

    Args:
        sql: The query.
        schema: The columns of the tables that it reads.
        dialect: Its dialect of SQL.

    Raises:
        SqlglotError: sqlglot can't read the query.
    """
    roots = lineage(
        None, parse_one(sql, dialect=dialect), schema, dialect=dialect,
        trim_selects=False, copy=False,
    )  # fmt: skip
    return {name.lower(): _leaves(root) for name, root in roots.items()}


def _leaves(root: Node) -> set[tuple[Relation, str]]:
    found = set()
    for node in root.walk():
        table = None if node.downstream else node.expression.find(exp.Table)
        # All columns of a table that nobody knows are none that can be named.
        if table is not None and not node.name.endswith("*"):
            relation = (table.catalog, table.db, table.name)
            found.add((relation, exp.to_column(node.name).name.lower()))
    return found


class ColumnLineages:
    """The column lineage of the models that one run of dbt has compiled."""

    def __init__(
        self,
        manifest: Mapping[str, Any],
        target: Path,
        schema: MappingSchema,
        asset_key: Callable[[str], dg.AssetKey],
        warn: Callable[[str], None],
        for_duckdb: Callable[[Mapping[str, Any]], Path | None] = lambda _: None,
    ) -> None:
        """Reads what all models share.

        Args:
            manifest: dbt's manifest.
            target: The target folder of the run.
            schema: The columns of the warehouse's tables and views.
            asset_key: The key of the asset of a model or source with that unique ID.
            warn: Called with a message about a model whose SQL can't be read.
            for_duckdb: The file of a model's SQL for DuckDB, where another engine has other SQL
                that says less; None where it hasn't.
        """
        self._target, self._schema = target, schema
        self._asset_key, self._warn = asset_key, warn
        self._dialect: str = manifest["metadata"]["adapter_type"]
        self._for_duckdb = for_duckdb
        # Without the database, which Spark's relations lack.
        self._unique_ids: dict[tuple[str, str], str] = {
            (node["schema"], node.get("alias") or node["identifier"]): unique_id
            for nodes in (manifest["nodes"], manifest["sources"])
            for unique_id, node in nodes.items()
            if node.get("relation_name")
        }

    def of(self, node: Mapping[str, Any]) -> dg.TableColumnLineage:
        """The lineage of a model's columns; that of a seed is empty.

        Args:
            node: The model in the manifest.
        """
        if node["resource_type"] != "model":
            return dg.TableColumnLineage({})
        path = self._target / "compiled" / node["package_name"] / node["original_file_path"]
        dialect = self._dialect
        if found := self._for_duckdb(node):
            path, dialect = found, "duckdb"
        try:
            sources = column_sources(path.read_text(), self._schema, dialect)
        except SqlglotError as error:
            self._warn(f"{node['original_file_path']}: no column lineage: {error}")
            return dg.TableColumnLineage({})
        return dg.TableColumnLineage(
            {
                # An incremental model that reads itself does not come from itself.
                column: [
                    dg.TableColumnDep(self._asset_key(self._unique_ids[relation]), name)
                    for relation, name in sorted({(found[1:], name) for found, name in read})
                    if self._unique_ids.get(relation, node["unique_id"]) != node["unique_id"]
                ]
                for column, read in sources.items()
            }
        )
