"""One raw asset per source table: lands a range of daily files, and says what it saw."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

import dagster as dg
import pandas as pd
from dagster import AssetExecutionContext

from customer_platform.asset_keys import raw_asset_key
from customer_platform.environment import load_environment
from customer_platform.ingestion import (
    DeclaredTable,
    LoadedFile,
    LoadResult,
    TableSpec,
    load_partitions,
)
from customer_platform.ingestion.database import DatabaseTableSpec, load_database_partitions
from customer_platform.ingestion.declared_table import SYSTEM_COLUMNS
from customer_platform.ingestion.reading import copy_partitions, other_warehouse
from customer_platform.orchestration.event_log import landed_observation
from customer_platform.orchestration.metadata import preview_metadata, records_metadata
from customer_platform.partitions import daily_partitions
from customer_platform.personal_kinds import Personal
from customer_platform.privacy.personal import Kinds
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse
from customer_platform.warehouse.base import engine_of
from customer_platform.warehouse.duckdb import read_frame

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

REJECT_RATE = "reject_rate"
DECLARED_COLUMNS = "declared_columns"
_LISTED_FILES = 50

RawEvents = Iterator[dg.AssetCheckResult | dg.MaterializeResult]


@dataclass(frozen=True)
class Origin:
    """Where the rows of a table come from.

    Attributes:
        load: Replaces partitions of the raw table by what is there for them.
        kind: What is shown next to `duckdb` on the asset.
        metadata: Where it is, shown on the asset.
        names_columns: Whether it says which columns it has, so that new ones can be warned of.
    """

    load: Callable[["DuckDBPyConnection", Sequence[str]], LoadResult]
    kind: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    names_columns: bool = True


def files_of(source: str, table: TableSpec) -> Origin:
    """The files of a table in the landing zone."""

    def load(connection: "DuckDBPyConnection", partitions: Sequence[str]) -> LoadResult:
        environment = load_environment()
        since = environment.start_date.isoformat()
        engine = engine_of(environment.engine)
        return load_partitions(
            connection, source, table, environment.landing, partitions, since, engine
        )

    return Origin(load, kind=table.format, metadata={"path": table.path})


def database_of(source: str, variable: str, table: DatabaseTableSpec) -> Origin:
    """A table in the database whose URL is in an environment variable."""

    def load(connection: "DuckDBPyConnection", partitions: Sequence[str]) -> LoadResult:
        engine = engine_of(load_environment().engine)
        return load_database_partitions(
            connection, source, variable, table, partitions, engine=engine
        )

    metadata = {"database_table": table.table, "connection": variable}
    return Origin(load, kind="database", metadata=metadata, names_columns=False)


def origin_here(source: str, table: DeclaredTable, own: Origin) -> Origin:
    """Where rows come from in this environment: from the one that it reads, where it does.

    What that doesn't have, such as a source that is new, is landed as there.

    Args:
        source: Name of the source.
        table: What the source has declared about the table.
        own: Where they come from otherwise.
    """
    other = load_environment().reads
    if other is None:
        return own

    def load(connection: "DuckDBPyConnection", partitions: Sequence[str]) -> LoadResult:
        warehouse = other_warehouse(load_environment())
        copied = copy_partitions(connection, warehouse, source, table, partitions)
        return own.load(connection, partitions) if copied is None else copied

    return replace(own, load=load, metadata={**own.metadata, "read_from": str(other)})


def build_raw_asset(
    source: str, owner: str, description: str, table: DeclaredTable, origin: Origin
) -> dg.AssetsDefinition:
    """The asset that lands one table of a source, partition by partition.

    Args:
        source: Name of the source.
        owner: Email or `team:...` of who answers for it.
        description: What the source is.
        table: What the source has declared about the table.
        origin: Where its rows come from, unless this environment reads another one.
    """
    origin = origin_here(source, table, origin)
    key = raw_asset_key(source, table.name)

    @dg.asset(
        key=key,
        description=f"{table.description}\n\nSource: {description}",
        group_name="sources",
        kinds={load_environment().engine.name, origin.kind},
        owners=[owner],
        tags={"source": source, "load_mode": table.load_mode},
        metadata={
            "dagster/column_schema": _column_schema(table),
            "dagster/table_name": ".".join(key.path),
            **origin.metadata,
        },
        partitions_def=daily_partitions(),
        backfill_policy=dg.BackfillPolicy.single_run(),
        freshness_policy=_freshness_policy(table),
        pool=WAREHOUSE_POOL,
        check_specs=[
            dg.AssetCheckSpec(
                REJECT_RATE,
                asset=key,
                blocking=True,
                description="Fails, and keeps the partition as it was, when more rows of a file "
                f"than {table.max_reject_rate:.0%} can't be read; warns when any can't.",
            ),
            *([_declared_columns_check(key)] if origin.names_columns else []),
        ],
    )
    def raw(context: AssetExecutionContext, warehouse: Warehouse) -> RawEvents:
        with warehouse.get_connection() as connection:
            result = origin.load(connection, _kept(context, table))
            if result.landed:
                context.log_event(landed_observation(key, result.landed))
            yield reject_rate_result(result, table)
            if origin.names_columns:
                yield declared_columns_result(result)
            if result.failures:
                _record_good_partitions(context, key, result)
                raise dg.Failure(description=failure_message(result))
            preview = read_frame(
                connection, f"select * from {'.'.join(key.path)} order by _partition desc limit 5"
            )
        yield dg.MaterializeResult(metadata=_load_metadata(result, preview, raw_kinds(table)))

    return raw


def _kept(context: AssetExecutionContext, table: DeclaredTable) -> list[str]:
    """The days that are asked for, without those whose data is kept no longer."""
    since = table.kept_since(datetime.now(UTC).date())
    days = [day for day in context.partition_keys if day >= since]
    if too_old := len(context.partition_keys) - len(days):
        context.log.info(
            f"{too_old} days before {since} stay as they are: {table.name} has keep_days "
            f"{table.keep_days}."
        )
    return days


def _declared_columns_check(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        DECLARED_COLUMNS,
        asset=key,
        description="Warns when a file has columns that the source hasn't declared.",
    )


def reject_rate_result(result: LoadResult, table: DeclaredTable) -> dg.AssetCheckResult:
    """Passes when every row of every file was read; warns or fails as the check describes."""
    rejecting = [file for file in result.files if file.rejected]
    return dg.AssetCheckResult(
        check_name=REJECT_RATE,
        passed=not (rejecting or result.failures or result.past or result.awaited),
        severity=dg.AssetCheckSeverity.ERROR if result.failures else dg.AssetCheckSeverity.WARN,
        description=_past(result, table) or _awaited(result, table) or _skipped(result),
        metadata={
            "rows": result.rows,
            "rejected_rows": result.rejected,
            "rows_without_values": result.skipped,
            "max_reject_rate": table.max_reject_rate,
            "files_with_rejects": _file_table(rejecting),
            **({"failures": failure_message(result)} if result.failures else {}),
        },
    )


def _skipped(result: LoadResult) -> str | None:
    """That rows without any value were passed over, None when there were none."""
    if not result.skipped:
        return None
    files = [file.path for file in result.files if file.skipped]
    more = f" and further files ({len(files) - 1})" if len(files) > 1 else ""
    return f"Rows without any value, which were skipped: {result.skipped:,}, in {files[0]}{more}."


def _past(result: LoadResult, table: DeclaredTable) -> str | None:
    """Why nothing was read of a table that is read in full, None when something was."""
    if not result.past:
        return None
    return (
        f"Nothing was read: {table.name} is read in full, and its database can no longer say what "
        f"it held on {result.past[-1]} or before. Materialise today's partition, or declare a "
        "partition_column and load_mode append or delta."
    )


def _awaited(result: LoadResult, table: DeclaredTable) -> str | None:
    """That a required table has never delivered, None when it has."""
    if result.awaited is None:
        return None
    return (
        f"Nothing of {table.name} has landed yet, so it is empty. Expected file: {result.awaited}. "
        "After its first file, a day without one fails. Remove a source that you don't have with "
        "`customer-platform remove-source`."
    )


def declared_columns_result(result: LoadResult) -> dg.AssetCheckResult:
    """Passes when no file has a column that the source hasn't declared; else warns."""
    seen = Counter(column for file in result.files for column in file.unexpected)
    return dg.AssetCheckResult(
        check_name=DECLARED_COLUMNS,
        passed=not seen,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"New columns, kept in _unexpected until they are declared: {', '.join(sorted(seen))}"
            if seen
            else None
        ),
        metadata={f"files_with_{column}": files for column, files in sorted(seen.items())},
    )


def failure_message(result: LoadResult) -> str:
    """One line per partition that could not be landed, and one for several in a row and alike."""
    lines = []
    for error, failures in groupby(result.failures, key=lambda failure: str(failure[1])):
        days = [day for day, _ in failures]
        lines.append(f"{days[0]}{f' to {days[-1]}' if len(days) > 1 else ''}: {error}")
    return "\n".join(lines)


def _record_good_partitions(
    context: AssetExecutionContext, key: dg.AssetKey, result: LoadResult
) -> None:
    failed = {partition for partition, _ in result.failures}
    for partition in context.partition_keys:
        if partition not in failed:
            context.log_event(dg.AssetMaterialization(asset_key=key, partition=partition))


def raw_kinds(table: DeclaredTable) -> Kinds:
    """What is declared of the columns of a raw table; what came unexpected is personal."""
    kinds: dict[str, Personal] = dict.fromkeys(SYSTEM_COLUMNS, False)
    return {
        **kinds,
        "_unexpected": None,
        **{name.lower(): kind for name, kind in table.personal.items()},
    }


def _load_metadata(
    result: LoadResult, preview: pd.DataFrame, kinds: Kinds
) -> dict[str, dg.MetadataValue]:
    return {
        "dagster/partition_row_count": dg.MetadataValue.int(result.rows),
        "files": dg.MetadataValue.int(len(result.files)),
        "landed_files": _file_table(result.files),
        "preview": preview_metadata(preview, kinds),
    }


def _file_table(files: Sequence[LoadedFile]) -> dg.TableMetadataValue:
    return records_metadata(
        ["file", "partition", "rows", "rejected", "without_values"],
        [
            [file.path, file.partition, file.rows, file.rejected, file.skipped]
            for file in files[:_LISTED_FILES]
        ],
    )


def _column_schema(table: DeclaredTable) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name,
                type=column.type,
                description=column.description or None,
                tags=_column_tags(table, name),
            )
            for name, column in table.columns.items()
        ]
    )


def _column_tags(table: DeclaredTable, column: str) -> dict[str, str]:
    """Which column is part of the key, and which holds which kind of personal data."""
    kind = table.personal[column]
    said = {"personal": str(kind)} if kind else {}
    return said | ({"primary_key": ""} if column in table.primary_key else {})


def _freshness_policy(table: DeclaredTable) -> dg.FreshnessPolicy | None:
    if table.late_after_hours is None:
        return None
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=table.late_after_hours))
