"""The event log that stores the events of many days at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from customer_platform.orchestration.event_log_storage import BatchedSqliteEventLogStorage
from customer_platform.project import PACKAGE

_DAYS = dg.DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-02-01")
_LAST = {
    "dagster/asset_partition_range_start": "2024-01-01",
    "dagster/asset_partition_range_end": "2024-01-31",
}


@dg.asset(partitions_def=_DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def landed(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """Thirty-one days."""
    return dg.MaterializeResult(metadata={"days": len(context.partition_keys)})


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance of the platform, with its committed configuration."""
    (tmp_path / "dagster.yaml").write_text((PACKAGE / "dagster.yaml").read_text())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "10")
    with dg.DagsterInstance.get() as made:
        yield made


def _materialise(instance: dg.DagsterInstance) -> str:
    job = dg.Definitions([landed], jobs=[dg.define_asset_job("land", [landed])])
    result = job.resolve_job_def("land").execute_in_process(instance=instance, tags=_LAST)
    assert result.success
    return result.run_id


def _stored(storage: SqliteEventLogStorage, run_id: str) -> list[tuple[Any, ...]]:
    return [
        (each.dagster_event_type, each.step_key, each.get_dagster_event().partition)
        for each in storage.get_logs_for_run(run_id)
    ]


def test_events_of_many_days_are_stored_as_dagster_stores_one_after_the_other(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    run_id = _materialise(instance)
    assert isinstance(instance.event_log_storage, BatchedSqliteEventLogStorage)
    days = instance.get_materialized_partitions(landed.key)
    assert days == set(_DAYS.get_partition_keys())
    # Dagster's own storage reads the same files; it also writes the events again, one by one.
    own = SqliteEventLogStorage(str(tmp_path / "history" / "runs"))
    twin = SqliteEventLogStorage(str(tmp_path / "one_by_one"))
    for event in own.get_logs_for_run(run_id):
        twin.store_event(event)
    assert _stored(own, run_id) == _stored(twin, run_id)
    assert own.get_materialized_partitions(landed.key) == days
    last, last_of_twin = (
        each.get_latest_materialization_events([landed.key])[landed.key] for each in (own, twin)
    )
    assert last == last_of_twin


def test_a_batch_that_cannot_be_stored_leaves_nothing_and_is_stored_one_by_one(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tags = BatchedSqliteEventLogStorage._store_asset_event_tags
    calls = []

    def fails_once(*arguments: Any) -> None:
        calls.append(arguments)
        # The ninth event of the first batch.
        if len(calls) == 9:
            raise OSError("the disk is full")
        tags(*arguments)

    monkeypatch.setattr(BatchedSqliteEventLogStorage, "_store_asset_event_tags", fails_once)
    run_id = _materialise(instance)
    assert "the disk is full" in capfd.readouterr().err
    partitions = [
        partition
        for kind, _, partition in _stored(instance.event_log_storage, run_id)  # type: ignore[arg-type]
        if kind is dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED
    ]
    assert sorted(filter(None, partitions)) == _DAYS.get_partition_keys()
    assert instance.get_materialized_partitions(landed.key) == set(_DAYS.get_partition_keys())
