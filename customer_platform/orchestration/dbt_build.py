"""Runs `dbt build` for a selection of assets and adds to its events what analysts browse."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import DbtCliInvocation, DbtCliResource

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.orchestration.column_lineage import (
    COLUMN_LINEAGE,
    ColumnLineages,
    read_schema,
)
from customer_platform.orchestration.data_tests import broken_nodes, failed_tests
from customer_platform.orchestration.metadata import preview_metadata
from customer_platform.orchestration.workshop_views import compiled_for_workshop, show_built
from customer_platform.privacy.declared import Declared
from customer_platform.warehouse import Warehouse
from customer_platform.warehouse.base import engine_of
from customer_platform.warehouse.duckdb import read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Describe = Callable[["DuckDBPyConnection"], Mapping[str, dg.MetadataValue]]

_PREVIEW_ROWS = 5


def partition_variables(first: str, last: str) -> dict[str, str]:
    """Environment variables that say which days incremental models replace, both included.

    dbt's own variables would have it parse the whole project again for every other day.
    """
    return {"CUSTOMER_PLATFORM_PARTITION_FROM": first, "CUSTOMER_PLATFORM_PARTITION_TO": last}


def build_arguments() -> list[str]:
    """The arguments of `dbt build` for models, seeds and data tests.

    Unit tests are for development: they test the SQL, not the data, and cost seconds.
    """
    return ["build", "--exclude-resource-type", "unit_test"]


def dbt_build(
    context: AssetExecutionContext,
    dbt: DbtCliResource,
    warehouse: Warehouse,
    variables: Mapping[str, str],
    describe: Mapping[dg.AssetKey, Describe],
) -> Iterator[Any]:
    """Builds and tests the selected models, and describes each of them in its metadata.

    Args:
        context: The context of a step of `@dbt_assets`.
        dbt: The resource that runs dbt.
        warehouse: The warehouse, read for previews once dbt has closed it.
        variables: Environment variables of dbt's process.
        describe: By asset key, further metadata to read from the warehouse.

    Yields:
        The events of the models and their tests, with row counts, column schema and lineage,
        and a preview of a few rows in which personal data are masked.

    Raises:
        dg.Failure: A data test of the project has failed, and the message says what it found; or a
            model couldn't be built, and it is dbt's.
    """
    with _environment(variables):
        invocation = dbt.cli(build_arguments(), context=context)
    events, failure = _drain(invocation.stream())
    outputs = {
        context.asset_key_for_output(event.output_name): event
        for event in events
        if isinstance(event, dg.Output)
    }
    environment = load_environment()
    declared = Declared(invocation.manifest, declarations_of(environment).entities)
    engine = engine_of(environment.engine)
    nodes = _nodes(invocation.manifest)
    show_built(warehouse, environment, [nodes[key] for key in outputs])
    with warehouse.get_connection() as connection:
        lineages = _column_lineages(context, invocation, connection, environment)
        described = {
            key: {
                **output.metadata,
                **_describe_table(connection, key, nodes[key]["columns"], declared),
                COLUMN_LINEAGE: lineages.of(nodes[key]),
                **describe.get(key, _no_description)(connection),
            }
            for key, output in outputs.items()
        }
        failed = {
            test.name: test
            for test in failed_tests(
                lambda query, limit: engine.read_frame(connection, query, limit),
                invocation.target_path,
                invocation.manifest,
                declared,
            )
        }
    for event in events:
        if isinstance(event, dg.Output):
            yield event.with_metadata(described[context.asset_key_for_output(event.output_name)])
        elif isinstance(event, dg.AssetCheckResult) and event.check_name in failed:
            yield failed[event.check_name].explain(event)
        else:
            yield event
    if failure:
        messages = [test.message for test in failed.values() if test.is_error] or broken_nodes(
            invocation.target_path, invocation.manifest
        )
        if messages:
            raise dg.Failure("\n".join(messages)) from failure
        raise failure


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables for the process that is started meanwhile."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _drain(stream: Iterator[Any]) -> tuple[list[Any], Exception | None]:
    """The events up to the end or to the failure, which models and checks before it survive."""
    events = []
    try:
        for event in stream:
            events.append(event)
    except Exception as failure:
        return events, failure
    return events, None


def _column_lineages(
    context: AssetExecutionContext,
    invocation: DbtCliInvocation,
    connection: "DuckDBPyConnection",
    environment: Environment,
) -> ColumnLineages:
    manifest, translator = invocation.manifest, invocation.dagster_dbt_translator
    return ColumnLineages(
        manifest,
        invocation.target_path,
        read_schema(connection, manifest["metadata"]["adapter_type"]),
        lambda unique_id: translator.get_asset_spec(manifest, unique_id, None).key,
        context.log.warning,
        lambda node: compiled_for_workshop(environment, node),
    )


def _nodes(manifest: Mapping[str, Any]) -> dict[dg.AssetKey, Mapping[str, Any]]:
    """The models and seeds of a manifest by the keys of their assets."""
    return {
        dg.AssetKey([node["schema"], node["name"]]): node
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }


def _describe_table(
    connection: "DuckDBPyConnection",
    key: dg.AssetKey,
    documented: Mapping[str, Mapping[str, Any]],
    declared: Declared,
) -> Mapping[str, Any]:
    """Row count of a table, columns and preview of a table or view.

    Read here rather than by dagster-dbt, which takes a tenth of a second per model and test.
    """
    name = ".".join(key.path)
    columns = connection.execute(f"describe {name}").fetchall()
    metadata: dict[str, Any] = {
        "dagster/column_schema": dg.TableSchema(
            [
                dg.TableColumn(
                    column,
                    type=kind,
                    description=documented.get(column, {}).get("description") or None,
                )
                for column, kind, *_ in columns
            ]
        ),
        "preview": preview_metadata(
            read_frame(connection, f"select * from {name} limit {_PREVIEW_ROWS}"),
            declared.relation(name, [column for column, *_ in columns]),
        ),
    }
    if key.path[0] != "staging":
        # A view is not counted: that would run its query over the whole history.
        counted = connection.execute(f"select count(*) from {name}").fetchall()
        metadata["dagster/row_count"] = counted[0][0]
    return metadata


def _no_description(connection: "DuckDBPyConnection") -> Mapping[str, dg.MetadataValue]:
    return {}
