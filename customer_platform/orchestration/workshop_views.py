"""The views of dbt in the workshop's SQL, where another engine than DuckDB builds the models.

A view has no rows in the lake: the workshop has it as a view, too. dbt compiles it for DuckDB, as
it does where DuckDB is the warehouse, so that it is the same view.
"""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from customer_platform.chosen_engine import LAKE, WAREHOUSE
from customer_platform.environment import Environment
from customer_platform.errors import ManifestMissingError
from customer_platform.project import DBT_PROJECT
from customer_platform.warehouse import Warehouse
from customer_platform.warehouse.base import engine_of
from customer_platform.warehouse.duckdb import KEPT_IN_LAKE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Below dbt's target folder, and in it what the views were compiled from.
_FOLDER = "workshop"
_COMPILED_FROM = "compiled_from"

Node = Mapping[str, Any]


def show_built(warehouse: Warehouse, environment: Environment, built: Sequence[Node]) -> None:
    """Has the workshop see what another engine has built; on DuckDB it does.

    Args:
        warehouse: The workshop, which no connection may be open to.
        environment: The deployment.
        built: Nodes of dbt's manifest: models and seeds.

    Raises:
        ManifestMissingError: dbt can't compile a view; the message is dbt's.
    """
    if environment.engine.name == "duckdb":
        return
    engine = engine_of(environment.engine)
    views = [node for node in built if node["config"]["materialized"] == "view"]
    tables = [_name(node) for node in built if node not in views]
    with warehouse.get_connection() as connection:
        engine.show(connection, tables, {})
        columns = _columns(connection)
    if compiled := [*views, *(node for node in built if _is_lookup(node))]:
        _compile(environment, compiled, columns)
    with warehouse.get_connection() as connection:
        engine.show(connection, [], _compiled(environment, views))


def compiled_for_workshop(environment: Environment, node: Node) -> Path | None:
    """The file of a model's SQL that was compiled for the workshop; None where it wasn't.

    Args:
        environment: The deployment.
        node: The model in dbt's manifest.
    """
    folder = environment.dbt_target / _FOLDER / "compiled" / node["package_name"]
    path = folder / node["original_file_path"]
    return path if environment.engine.name != "duckdb" and path.is_file() else None


def _is_lookup(node: Node) -> bool:
    """Whether a model is a lookup: elsewhere its SQL reads a table of keys that no model builds."""
    return node["resource_type"] == "model" and node["schema"] == "identity"


def _columns(connection: "DuckDBPyConnection") -> str:
    """What a macro may have asked of the lake's tables."""
    found = connection.execute(
        "select schema_name, view_name, sql from duckdb_views() "
        "where database_name = current_database() and comment = ? order by all",
        [KEPT_IN_LAKE],
    ).fetchall()
    return repr(found)


def _compile(environment: Environment, models: Sequence[Node], columns: str) -> None:
    """Compiles models for DuckDB, unless they were from the same project and columns."""
    folder = environment.dbt_target / _FOLDER
    folder.mkdir(exist_ok=True)
    names = sorted(node["unique_id"] for node in models)
    checksums = [node["checksum"]["checksum"] for node in models]
    parsed = (environment.dbt_target / "manifest.json").stat().st_mtime_ns
    of_these = hashlib.sha256(repr(names).encode()).hexdigest()
    compiled_from = folder / f"{_COMPILED_FROM}-{of_these}"
    now = hashlib.sha256(repr((checksums, parsed, columns)).encode()).hexdigest()
    if compiled_from.exists() and compiled_from.read_text() == now:
        return
    variables = {name: value for name, value in os.environ.items() if name not in (WAREHOUSE, LAKE)}
    command = [
        str(Path(sys.executable).with_name("dbt")), "--quiet", "compile",
        "--select", *(".".join(node["fqn"]) for node in models),
        "--project-dir", str(environment.project.dbt), "--profiles-dir", str(DBT_PROJECT),
        "--target-path", str(folder),
    ]  # fmt: skip
    ended = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ManifestMissingError(
            "dbt can't compile the views for the workshop:\n" + (ended.stdout or ended.stderr)
        )
    compiled_from.write_text(now)


def _compiled(environment: Environment, views: Sequence[Node]) -> dict[str, str]:
    """The SQL of views by their names, each after those that it reads."""
    by_id = {node["unique_id"]: node for node in views}
    ordered: dict[str, str] = {}

    def add(node: Node) -> None:
        for read in node["depends_on"]["nodes"]:
            if read in by_id and _name(by_id[read]) not in ordered:
                add(by_id[read])
        path = compiled_for_workshop(environment, node)
        assert path is not None
        ordered[_name(node)] = path.read_text("utf-8")

    for node in views:
        if _name(node) not in ordered:
            add(node)
    return ordered


def _name(node: Node) -> str:
    return f"{node['schema']}.{node['name']}"
