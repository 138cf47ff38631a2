"""Deletes what is older than is declared, or what says in it whose it is. No Dagster."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations, Source
from customer_platform.environment import Environment
from customer_platform.errors import RetentionError
from customer_platform.ingestion import DeclaredTable, TableSpec, find_files
from customer_platform.ingestion.tables import raw_table, rejected_table
from customer_platform.not_on_spark import refuse_on_spark
from customer_platform.privacy.outdated import Outdated, OutdatedRows
from customer_platform.privacy.outdated_history import outdated_versions, retain_published
from customer_platform.warehouse.duckdb import columns_of, table_kind, transaction
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


# By folder of the home, how the names of its logs end; () where all of its files are logs. In
# `dagster/storage` lies what steps and sensors have printed, next to what assets hand on.
_LOGS: Mapping[str, tuple[str, ...]] = {
    "logs": (),
    "dbt/logs": (),
    "dagster/storage": (".out", ".err", ".complete"),
}


def retain(
    connection: "DuckDBPyConnection",
    environment: Environment,
    declared: Declarations,
    today: date,
    *,
    dry_run: bool = False,
) -> list[Outdated]:
    """Deletes or anonymises what is older than the deployment declares.

    Rows go in one transaction, and files once it has ended, published ones included. The masters
    follow when the days are built again.

    Args:
        connection: The warehouse.
        environment: The deployment.
        declared: What its business model declares.
        today: The day it is, UTC.
        dry_run: Only say what there is.

    Returns:
        What was done, or would be; of what there is nothing of, nothing.

    Raises:
        RetentionError: A table that is to be anonymised doesn't say which of its columns are
            personal, or is known by one that is; the message names them.
        NotOnEngineError: The tables are on Spark.
    """
    refuse_on_spark(environment, "retention")
    rows = [
        each
        for source in declared.sources.values()
        for table in source.tables
        for each in _rows(connection, declared, source, table, today)
    ]
    rows += outdated_versions(connection, declared, today)
    files = dict(_files(environment, declared, today))
    found = [outdated for each in rows if (outdated := each.counted(connection))]
    if not dry_run:
        with transaction(connection):
            for each in rows:
                connection.execute(each.statement)
        for paths in files.values():
            for path in paths:
                path.unlink(missing_ok=True)
    published = retain_published(connection, environment, declared, today, dry_run=dry_run)
    return [
        *found,
        *published,
        *(Outdated(name, "deleted", files=len(paths)) for name, paths in files.items() if paths),
    ]


def _rows(
    connection: "DuckDBPyConnection",
    declared: Declarations,
    source: Source,
    table: DeclaredTable,
    today: date,
) -> Iterator[OutdatedRows]:
    name = raw_table(source.source, table)
    if table_kind(connection, *name.split(".")) is None:
        return
    if since := table.kept_since(today):
        condition = f"_partition < date {literal(since)}"
        if table.load_mode == "snapshot":
            # The newest says what there is now, however long ago it came.
            condition += f" and _partition < (select max(_partition) from {name})"
        if table.load_mode == "snapshot" or _holds_records(declared, source, table):
            # From a snapshot that isn't the newest nothing follows.
            is_followed = table.load_mode != "snapshot"
            yield OutdatedRows(name, name, condition, is_followed=is_followed)
        else:
            present = {column.lower() for column in columns_of(connection, name)}
            columns = [
                identifier(column)
                for column in _personal(source, table)
                if column.lower() in present
            ]
            condition += f" and ({' or '.join(f'{column} is not null' for column in columns)})"
            nulls = ", ".join(f"{column} = null" for column in columns)
            yield OutdatedRows(name, name, condition, nulls, is_followed=True)
    days = declared.retention.rejects_days if declared.retention else None
    kept = [each for each in (days, table.keep_days) if each is not None]
    if kept:
        # A rejected row is quoted as it came: it is kept no longer than the others.
        rejected = rejected_table(source.source, table)
        condition = f"_partition < date {literal((today - timedelta(min(kept))).isoformat())}"
        yield OutdatedRows(rejected, rejected, condition)


def _holds_records(declared: Declarations, source: Source, table: DeclaredTable) -> bool:
    view = f"stg_{source.source}__{table.name}"
    return any(view in entity.sources for entity in declared.entities.values())


def _personal(source: Source, table: DeclaredTable) -> list[str]:
    """The columns that a row loses."""
    name = f"{source.source}.{table.name}"
    undeclared = [column for column, kind in table.personal.items() if kind is None]
    if undeclared:
        raise RetentionError(
            f"{name} has keep_days, and doesn't say whether these columns are personal: "
            f"{', '.join(undeclared)}. Rows that aren't records keep what is `personal: false`: "
            "declare it for each"
        )
    known_by = [column for column in table.filled_columns if table.personal[column]]
    if known_by:
        raise RetentionError(
            f"{name} has keep_days, and its rows are known by what is personal: "
            f"{', '.join(known_by)}. Without it they are no rows any more: declare another "
            "primary_key, or leave keep_days out"
        )
    return [*(column for column, kind in table.personal.items() if kind), "_unexpected"]


def _files(
    environment: Environment, declared: Declarations, today: date
) -> Iterator[tuple[str, Sequence[Path]]]:
    """By folder, the files that are kept no longer."""
    # The landing zone of the environment that is read is that one's to clear.
    for source in () if environment.reads else declared.sources.values():
        for table in source.tables:
            if isinstance(table, TableSpec) and (since := table.kept_since(today)):
                found = find_files(environment.landing, table).files
                name = f"landing: {source.source}.{table.name}"
                yield name, [file.path for file in found if file.partition < since]
    if declared.retention and declared.retention.logs_days is not None:
        oldest = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(
            declared.retention.logs_days
        )
        for name, endings in _LOGS.items():
            yield name, _older(environment.home / name, endings, oldest)


def _older(folder: Path, endings: tuple[str, ...], moment: datetime) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and (not endings or path.suffix in endings)
        and path.stat().st_mtime < moment.timestamp()
    ]
