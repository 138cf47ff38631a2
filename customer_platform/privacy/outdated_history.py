"""Versions that have ended longer ago than histories are kept, in the warehouse and published.

A history is what `versions.sql` makes of `<entity>_changes`, or what the YAML of the publication
calls `versions_of` something. Nothing of it is ever made again from raw tables: a full rebuild
keeps the changes, and the engine of identity only ever adds to what has ended.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from customer_platform.declarations import Declarations
from customer_platform.environment import Environment
from customer_platform.errors import IncompleteMastersError
from customer_platform.privacy.masked_edition import publish_masters
from customer_platform.privacy.outdated import Outdated, OutdatedRows
from customer_platform.publishing.catalogue import read_evidence, read_files, read_parquet
from customer_platform.warehouse.duckdb import columns_of, table_kind
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def outdated_versions(
    connection: "DuckDBPyConnection", declared: Declarations, today: date
) -> Iterator[OutdatedRows]:
    """The versions that are kept no longer, in the masters' histories and those of the ID maps.

    Which IDs were issued stays, and which of them lead where: an ID is never given twice.

    Args:
        connection: The warehouse.
        declared: What the business model declares.
        today: The day it is, UTC.
    """
    before = _kept_since(declared, today)
    if before is None:
        return
    for table, key in _histories(declared).items():
        if _has_versions(connection, table, key):
            ended = _ended(table, key, before, "rowid as row_id")
            condition = f"rowid in (select row_id from ({ended}))"
            yield OutdatedRows(table, table, condition)
    for entity in declared.entities.values():
        tables = entity.tables
        if table_kind(connection, tables.schema, tables.ended_memberships) is not None:
            yield OutdatedRows(
                tables.read_as(tables.customer_id_history),
                tables.qualified(tables.ended_memberships),
                f"valid_to < {before}",
            )


def retain_published(
    connection: "DuckDBPyConnection",
    environment: Environment,
    declared: Declarations,
    today: date,
    *,
    dry_run: bool,
) -> list[Outdated]:
    """Publishes again where published histories hold versions that are kept no longer.

    Args:
        connection: The warehouse, without those versions unless it is a dry run.
        environment: The deployment.
        declared: What the business model declares.
        today: The day it is, UTC.
        dry_run: Only say what there is.

    Returns:
        The published versions. Where the last run of the masters has failed they stay for now, and
        this says so: the next run that succeeds publishes without them.
    """
    before = _kept_since(declared, today)
    if before is None:
        return []
    found = list(_published(connection, environment, declared, before))
    if found and not dry_run:
        try:
            publish_masters(connection, environment, declared.published)
        except IncompleteMastersError:
            return [Outdated(name, "left to the next run", rows=rows) for name, rows in found]
    return [Outdated(name, "deleted", rows=rows) for name, rows in found]


def _published(
    connection: "DuckDBPyConnection", environment: Environment, declared: Declarations, before: str
) -> Iterator[tuple[str, int]]:
    """By relation of each edition, how many versions its files hold that are kept no longer."""
    for folder in (environment.published, environment.published_masked):
        current = [file for file in read_files(folder) if file.retired_at is None]
        for relation in declared.published:
            paths = [folder / file.path for file in current if file.relation == relation.name]
            if not relation.versions_of or not paths:
                continue
            files = read_parquet(paths, relation)
            ended = _ended(files, relation.versions_of, before, "1")
            [(rows,)] = connection.execute(f"select count(*) from ({ended})").fetchall()
            if rows:
                yield f"{folder.name}: {relation.name}", rows
    yield from _in_evidence(environment, declared, before)


def _in_evidence(
    environment: Environment, declared: Declarations, before: str
) -> Iterator[tuple[str, int]]:
    """By ID map, how many ended memberships the evidence holds that are kept no longer."""
    import duckdb

    folder = environment.published
    for file in read_evidence(folder):
        with duckdb.connect(str(folder / file.path), read_only=True) as evidence:
            for entity in declared.entities.values():
                tables = entity.tables
                if table_kind(evidence, tables.schema, tables.ended_memberships) is None:
                    continue
                [(rows,)] = evidence.execute(
                    f"select count(*) from {tables.qualified(tables.ended_memberships)} "
                    f"where valid_to < {before}"
                ).fetchall()
                if rows:
                    yield f"{folder.name}: {tables.read_as(tables.customer_id_history)}", rows


def _kept_since(declared: Declarations, today: date) -> str | None:
    """SQL of the moment since which versions are kept that have ended; None for ever."""
    days = declared.retention.history_days if declared.retention else None
    if days is None:
        return None
    since = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(days)
    return f"timestamp {literal(f'{since:%Y-%m-%d}')}"


def _histories(declared: Declarations) -> Mapping[str, str]:
    """The tables of changes, and what their rows are versions of."""
    of_entities = {f"master.{entity}_changes": f"{entity}_id" for entity in declared.entities}
    published = {each.table: each.versions_of for each in declared.published if each.versions_of}
    return of_entities | published


def _has_versions(connection: "DuckDBPyConnection", table: str, key: str) -> bool:
    if table_kind(connection, *table.split(".")) != "BASE TABLE":
        return False
    return {key, "valid_from", "is_deleted"} <= set(columns_of(connection, table))


def _ended(relation: str, key: str, before: str, columns: str) -> str:
    """The query of the versions that ended before a moment.

    Of what is gone the last row says what it was, and ends where it begins.
    """
    return (
        f"select {columns} from {relation} qualify coalesce(if(is_deleted, valid_from, null), "
        f"lead(valid_from) over (partition by {identifier(key)} order by valid_from)) < {before}"
    )
