"""Deletes old runs, logs and ticks from Dagster's instance, and nothing that it needs to know.

What was built, and from which files, Dagster and the platform know by the events of runs alone: a
partition whose materialisation is gone counts as missing, and is built again; a day whose
observation is gone counts as not landed. So a run goes as a whole where later ones have superseded
all that it has built. Of any other only the logs go: every event that isn't about an asset or a
check.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from dagster._core.events import ASSET_CHECK_EVENTS, ASSET_EVENTS, DagsterEventType
from dagster._core.scheduler.instigation import InstigatorState
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from customer_platform.declarations import RetentionSpec
from customer_platform.errors import PrivacyError, RetentionError
from customer_platform.privacy.outdated import Outdated

# On a run without its logs: the day that they were deleted.
LOGS_DELETED = "customer_platform/logs_deleted"

_EVENTS = SqlEventLogStorageTable.c
_CHECKS = AssetCheckExecutionsTable.c
_STAY = [each.value for each in (*ASSET_EVENTS, *ASSET_CHECK_EVENTS)]


def retain_event_log(
    instance: dg.DagsterInstance,
    retention: RetentionSpec | None,
    today: date,
    *,
    dry_run: bool = False,
) -> list[Outdated]:
    """Deletes runs that have ended longer ago than is declared, or their logs, and ticks.

    A run that hasn't ended is left alone, whoever calls this from it included.

    Args:
        instance: The Dagster instance.
        retention: What is declared.
        today: The day it is, UTC.
        dry_run: Only say what there is.

    Returns:
        What was done, or would be; of what there is nothing of, nothing.

    Raises:
        RetentionError: The event log lies in no SQL database.
    """
    if retention is None or retention.event_log_days is None:
        return []
    before = datetime(today.year, today.month, today.day, tzinfo=UTC)
    since = (before - timedelta(retention.event_log_days)).timestamp()
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        raise RetentionError(
            f"event_log_days: Dagster keeps its event log in {type(storage).__name__}, which is no "
            "SQL database: leave event_log_days out"
        )
    needed = _needed_runs(storage)
    old = [run for run in _ended_runs(instance) if _ended_at(run) < since]
    whole = [run.dagster_run for run in old if run.dagster_run.run_id not in needed]
    logs = [
        run.dagster_run
        for run in old
        if run.dagster_run.run_id in needed and LOGS_DELETED not in run.dagster_run.tags
    ]
    ticks = [(state, end, n) for state in instance.all_instigator_state()
             for end, n in [_outdated_ticks(instance, state, since)] if n]  # fmt: skip
    if not dry_run:
        for run in whole:
            _delete_run(instance, storage, run.run_id)
        logs = [run for run in logs if _delete_logs(instance, storage, run.run_id, today)]
        for state, end, _ in ticks:
            instance.purge_ticks(state.instigator_origin_id, state.selector_id, before=end)
    found = {
        "event log: runs": len(whole),
        "event log: runs that stay without their logs": len(logs),
        "event log: ticks": sum(n for *_, n in ticks),
    }
    return [Outdated(what, "deleted", rows=rows) for what, rows in found.items() if rows]


def _ended_runs(instance: dg.DagsterInstance) -> Sequence[dg.RunRecord]:
    return instance.get_run_records(dg.RunsFilter(statuses=FINISHED_STATUSES))


def _ended_at(run: dg.RunRecord) -> float:
    # One that was cancelled in the queue has no end.
    return run.end_time or run.update_timestamp.timestamp()


def _needed_runs(storage: SqlEventLogStorage) -> set[str]:
    """The runs whose events say something that no later one says."""
    built = (
        sa.select(sa.func.max(_EVENTS.id))
        .where(_EVENTS.dagster_event_type == DagsterEventType.ASSET_MATERIALIZATION.value)
        .group_by(_EVENTS.asset_key, _EVENTS.partition)
    )
    # Which files have landed is the sum of all observations of a raw asset.
    observed = _EVENTS.dagster_event_type == DagsterEventType.ASSET_OBSERVATION.value
    # By status: a check that was planned by a later run, and never came to it, has an older result.
    checked = sa.select(sa.func.max(_CHECKS.id)).group_by(
        _CHECKS.asset_key, _CHECKS.check_name, _CHECKS.partition, _CHECKS.execution_status
    )
    with storage.index_connection() as connection:
        return {
            str(run_id)
            for query in (
                sa.select(_EVENTS.run_id).where(sa.or_(_EVENTS.id.in_(built), observed)),
                sa.select(_CHECKS.run_id).where(_CHECKS.id.in_(checked)),
            )
            for (run_id,) in connection.execute(query.distinct())
        }


def _delete_run(instance: dg.DagsterInstance, storage: SqlEventLogStorage, run_id: str) -> None:
    instance.delete_run(run_id)
    with storage.index_connection() as connection:
        connection.execute(AssetCheckExecutionsTable.delete().where(_CHECKS.run_id == run_id))
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    if path := _file_of(storage, run_id):
        for ending in ("", "-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)


def _delete_logs(
    instance: dg.DagsterInstance, storage: SqlEventLogStorage, run_id: str, today: date
) -> bool:
    """Deletes all of a run's events but those of assets and checks, and what its steps printed.

    Returns:
        Whether nothing is left. Of a run that somebody looks at, SQLite keeps the bytes: the next
        time they go.
    """
    for connect in (lambda: storage.run_connection(run_id), storage.index_connection):
        with connect() as connection:
            connection.execute(
                SqlEventLogStorageTable.delete().where(
                    _EVENTS.run_id == run_id,
                    sa.or_(
                        _EVENTS.dagster_event_type.is_(None),
                        _EVENTS.dagster_event_type.not_in(_STAY),
                    ),
                )
            )
    instance.compute_log_manager.delete_logs(prefix=[run_id])
    if path := _file_of(storage, run_id):
        # It compiles a scanner, for which no process that loads the definitions should wait.
        from customer_platform.privacy.compaction import compact_sqlite

        try:
            compact_sqlite(path)
        except PrivacyError:
            return False
    instance.add_run_tags(run_id, {LOGS_DELETED: today.isoformat()})
    return True


def _file_of(storage: SqlEventLogStorage, run_id: str) -> Path | None:
    """The file that SQLite has for the events of a run; None where all runs share a database."""
    if not isinstance(storage, SqliteEventLogStorage):
        return None
    return Path(storage.path_for_shard(run_id))


def _outdated_ticks(
    instance: dg.DagsterInstance, state: InstigatorState, since: float
) -> tuple[float, int]:
    """Before when the ticks of a sensor or schedule go, and how many these are.

    The newest stays: a schedule without any would make up for all since it was started.
    """
    names = state.instigator_origin_id, state.selector_id
    newest = instance.get_ticks(*names, limit=1)
    end = min([since, *(tick.timestamp for tick in newest)])
    return end, len(instance.get_ticks(*names, before=end))
