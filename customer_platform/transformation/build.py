"""Runs `dbt build` for a selection of assets and adds to its events what analysts browse."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster import AssetExecutionContext
from dagster_dbt import DbtCliInvocation, DbtCliResource
from dagster_dbt.core.dbt_event_iterator import DbtDagsterEventType, DbtEventIterator
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from customer_platform.components.metadata import preview_metadata
from customer_platform.environment import DBT_PROJECT, load_environment
from customer_platform.transformation.column_lineage import COLUMN_LINEAGE, ColumnLineageCache
from customer_platform.transformation.data_tests import failed_tests
from customer_platform.warehouse import Warehouse, read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Describe = Callable[["DuckDBPyConnection"], Mapping[str, dg.MetadataValue]]

_PREVIEW_ROWS = 5


def partition_variables(first: str, last: str) -> dict[str, str]:
    """The environment variables that tell incremental models which days to replace, both included.

    dbt's own variables would have it parse the whole project anew for every other day.
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
        dg.Failure: A data test of the project has failed; the message says what it found.
    """
    lineages = ColumnLineageCache(load_environment().home / "dbt" / "column_lineage", DBT_PROJECT)
    known = all(lineages.get(key) is not None for key in context.selected_asset_keys)
    with _environment(variables):
        invocation = dbt.cli(build_arguments(), context=context)
    events, failure = _drain(invocation.stream())
    outputs = {
        context.asset_key_for_output(event.output_name): event
        for event in events
        if isinstance(event, dg.Output)
    }
    if not known:
        lineages.remember(_column_lineages(invocation, outputs))
    _close_adapter(invocation)
    with warehouse.get_connection() as connection:
        described = {
            key: {
                **output.metadata,
                **_describe_table(connection, key, invocation.manifest),
                COLUMN_LINEAGE: lineages.get(key),
                **describe.get(key, _no_description)(connection),
            }
            for key, output in outputs.items()
        }
        failed = {
            test.name: test
            for test in failed_tests(connection, invocation.target_path, invocation.manifest)
        }
    for event in events:
        if isinstance(event, dg.Output):
            yield event.with_metadata(described[context.asset_key_for_output(event.output_name)])
        elif isinstance(event, dg.AssetCheckResult) and event.check_name in failed:
            yield failed[event.check_name].explain(event)
        else:
            yield event
    if failure:
        messages = [test.message for test in failed.values() if test.is_error]
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


def _close_adapter(invocation: DbtCliInvocation) -> None:
    """Closes the warehouse that dagster-dbt has opened in this process to read columns and counts.

    Left open, it would keep the next dbt process, and connections with other settings, out.
    """
    if invocation.adapter is not None:
        invocation.adapter.cleanup_connections()
        DuckDBConnectionManager.close_all_connections()


def _column_lineages(
    invocation: DbtCliInvocation, outputs: Mapping[dg.AssetKey, dg.Output[Any]]
) -> dict[dg.AssetKey, dg.TableColumnLineage]:
    """What dagster-dbt derives from the compiled SQL of the models that were built.

    Of the models alone, and after dbt has ended: as part of the stream it would do the same for
    every test, and keep a core busy while dbt runs.
    """
    described = DbtEventIterator(iter(outputs.values()), invocation).fetch_column_metadata()
    return {key: _lineage(event) for key, event in zip(outputs, described, strict=True)}


def _lineage(output: DbtDagsterEventType) -> dg.TableColumnLineage:
    found = output.metadata.get(COLUMN_LINEAGE)
    if isinstance(found, dg.TableColumnLineageMetadataValue):
        return found.column_lineage
    return dg.TableColumnLineage(deps_by_column={})


def _describe_table(
    connection: "DuckDBPyConnection", key: dg.AssetKey, manifest: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Row count of a table, columns and preview of a table or view.

    Read here rather than by dagster-dbt, which takes a tenth of a second per model and test.
    """
    name = ".".join(key.path)
    columns = connection.execute(f"describe {name}").fetchall()
    metadata: dict[str, Any] = {
        "dagster/column_schema": dg.TableSchema(
            [
                dg.TableColumn(column, type=kind, description=_column_text(manifest, key, column))
                for column, kind, *_ in columns
            ]
        ),
        "preview": preview_metadata(
            read_frame(connection, f"select * from {name} limit {_PREVIEW_ROWS}")
        ),
    }
    if key.path[0] != "staging":
        # A view is not counted: that would run its query over the whole history.
        counted = connection.execute(f"select count(*) from {name}").fetchall()
        metadata["dagster/row_count"] = counted[0][0]
    return metadata


def _column_text(manifest: Mapping[str, Any], key: dg.AssetKey, column: str) -> str | None:
    for node in manifest["nodes"].values():
        if [node.get("schema"), node["name"]] == list(key.path):
            return node["columns"].get(column, {}).get("description") or None
    return None


def _no_description(connection: "DuckDBPyConnection") -> Mapping[str, dg.MetadataValue]:
    return {}
