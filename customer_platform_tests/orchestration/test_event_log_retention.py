"""Old runs go, and what Dagster and the sensors know of them stays."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    SqlEventLogStorageTable,
)

from customer_platform.declarations import RetentionSpec
from customer_platform.ingestion import LandedFile, TableSpec
from customer_platform.ingestion.changes import fingerprints
from customer_platform.orchestration.event_log import (
    landed_files,
    landed_observation,
    newest_by_day,
)
from customer_platform.orchestration.event_log_retention import LOGS_DELETED, retain_event_log
from customer_platform.orchestration.landing_sensor import evaluate_landing
from customer_platform.privacy.outdated import Outdated
from customer_platform_tests.support.instances import sensor_with_ticks

RETENTION = RetentionSpec(owner="team:test", event_log_days=30)
TODAY = datetime.now(UTC).date()
# By then the runs of these tests are older.
LATER = TODAY + timedelta(31)
ORDERS = dg.AssetKey(["raw", "shop__orders"])
DAYS = ("2024-01-01", "2024-01-02")
SECRET = "said aloud in a log"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "dagster"


@pytest.fixture
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        yield instance


@dg.asset(key=ORDERS, partitions_def=dg.StaticPartitionsDefinition(DAYS))
def orders(context: dg.AssetExecutionContext) -> None:
    context.log.info(SECRET)
    print(SECRET)
    context.log_event(landed_observation(ORDERS, {context.partition_key: "as it was"}))


@dg.asset(check_specs=[dg.AssetCheckSpec("is_right", asset="totals")])
def totals(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    context.log.info(SECRET)
    return dg.MaterializeResult(
        check_results=[dg.AssetCheckResult(check_name="is_right", passed=False)]
    )


def _run(instance: dg.DagsterInstance, asset: dg.AssetsDefinition, day: str | None = None) -> str:
    return dg.materialize([asset], instance=instance, partition_key=day).run_id


def _bytes(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())


def _done(runs: int = 0, logs: int = 0, ticks: int = 0) -> list[Outdated]:
    found = {"runs": runs, "runs that stay without their logs": logs, "ticks": ticks}
    return [Outdated(f"event log: {what}", "deleted", rows=n) for what, n in found.items() if n]


def test_a_run_that_was_superseded_goes_with_all_that_it_has_said(
    instance: dg.DagsterInstance, home: Path
) -> None:
    old, new = _run(instance, totals), _run(instance, totals)
    done = retain_event_log(instance, RETENTION, LATER)
    assert done == _done(runs=1, logs=1)
    assert [record.dagster_run.run_id for record in instance.get_run_records()] == [new]
    assert not list(home.rglob(f"*{old}*"))
    with instance.event_log_storage.index_connection() as connection:  # type: ignore[attr-defined]
        for table in (SqlEventLogStorageTable, AssetCheckExecutionsTable):
            left = connection.execute(sa.select(table).where(table.c.run_id == old)).fetchall()
            assert left == []
    [execution] = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey("totals"), "is_right"), limit=10
    )
    assert execution.run_id == new
    assert execution.evaluation is not None
    assert not execution.evaluation.passed


def test_logs_of_a_run_go_and_what_it_has_built_stays(
    instance: dg.DagsterInstance, home: Path
) -> None:
    run = _run(instance, orders, DAYS[0])
    _run(instance, orders, DAYS[1])
    assert SECRET.encode() in _bytes(home)
    built, landed = newest_by_day(instance, ORDERS), landed_files(instance, ORDERS)
    assert set(built) == set(landed) == set(DAYS)
    assert retain_event_log(instance, RETENTION, LATER) == _done(logs=2)
    assert newest_by_day(instance, ORDERS) == built
    assert landed_files(instance, ORDERS) == landed
    assert instance.get_materialized_partitions(ORDERS) == set(DAYS)
    assert instance.get_latest_materialization_event(ORDERS) is not None
    assert {event.dagster_event_type for event in instance.all_logs(run)} == {
        dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
        dg.DagsterEventType.ASSET_MATERIALIZATION,
        dg.DagsterEventType.ASSET_OBSERVATION,
    }
    kept = instance.get_run_by_id(run)
    assert kept is not None
    assert kept.tags[LOGS_DELETED] == LATER.isoformat()
    assert SECRET.encode() not in _bytes(home)
    # Nothing is done twice.
    assert retain_event_log(instance, RETENTION, LATER + timedelta(1)) == []


def test_files_that_have_landed_are_not_landed_again(instance: dg.DagsterInstance) -> None:
    table = TableSpec.model_validate(
        {
            "name": "orders",
            "path": "shop/orders/{partition}.csv",
            "format": "csv",
            "load_mode": "append",
            "columns": {"order_id": "varchar"},
        }
    )
    files = [
        LandedFile(Path("/landing", name), name, day, 10, 0)
        for day in DAYS
        for name in [f"shop/orders/{day}.csv"]
    ]
    day_of = fingerprints(files)

    @dg.asset(key=ORDERS)
    def landing(context: dg.AssetExecutionContext) -> None:
        context.log_event(landed_observation(ORDERS, {context.run.tags["day"]: "an older file"}))

    @dg.asset(key=ORDERS)
    def landing_again(context: dg.AssetExecutionContext) -> None:
        context.log_event(landed_observation(ORDERS, day_of))

    for asset in (landing, landing_again):
        dg.materialize([asset], instance=instance, tags={"day": DAYS[0]})
    retain_event_log(instance, RETENTION, LATER)
    known = {"orders": landed_files(instance, ORDERS)}
    found = {"orders": files}
    now = 1_800_000_000_000_000_000
    tick = evaluate_landing("shop", [table], found, None, frozenset(DAYS), now, known)
    assert not tick.run_requests
    unknown = evaluate_landing("shop", [table], found, None, frozenset(DAYS), now, {"orders": {}})
    assert unknown.run_requests


def test_a_run_that_is_younger_or_has_not_ended_is_left_alone(
    instance: dg.DagsterInstance,
) -> None:
    _run(instance, totals)
    _run(instance, totals)
    assert retain_event_log(instance, RETENTION, TODAY + timedelta(29)) == []
    found = []

    @dg.asset
    def retention(context: dg.AssetExecutionContext) -> None:
        context.log.info("before")
        found.extend(retain_event_log(context.instance, RETENTION, LATER))
        context.log.info("after")

    instance.create_run_for_job(
        dg.define_asset_job("waits", [totals]).resolve(
            asset_graph=dg.Definitions([totals]).get_repository_def().asset_graph
        )
    )
    own = _run(instance, retention)
    assert found == _done(runs=1, logs=1)
    said = [entry.user_message for entry in instance.all_logs(own)]
    assert {"before", "after"} <= set(said)
    assert {run.status for run in instance.get_runs()} == {
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.NOT_STARTED,
    }


def test_a_result_stays_though_a_later_run_never_came_to_the_check(
    instance: dg.DagsterInstance,
) -> None:
    @dg.asset(name="totals", check_specs=[dg.AssetCheckSpec("is_right", asset="totals")])
    def failing() -> dg.MaterializeResult:
        raise ValueError("no totals")

    _run(instance, totals)
    dg.materialize([failing], instance=instance, raise_on_error=False)
    assert retain_event_log(instance, RETENTION, LATER) == _done(logs=2)
    history = instance.event_log_storage.get_asset_check_execution_history(
        dg.AssetCheckKey(dg.AssetKey("totals"), "is_right"), limit=10
    )
    assert [each.status.value for each in history] == ["PLANNED", "FAILED"]


def test_old_ticks_go_and_the_newest_stays(instance: dg.DagsterInstance) -> None:
    first = datetime(2024, 1, 1, tzinfo=UTC)
    state = sensor_with_ticks(instance, first, count=3)
    names = state.instigator_origin_id, state.selector_id
    moments = [(first + timedelta(day)).timestamp() for day in range(3)]

    def left() -> list[float]:
        return sorted(tick.timestamp for tick in instance.get_ticks(*names))

    assert retain_event_log(instance, RETENTION, date(2024, 2, 1)) == _done(ticks=1)
    assert left() == moments[1:]
    assert retain_event_log(instance, RETENTION, date(2025, 1, 1)) == _done(ticks=1)
    assert left() == moments[2:]
    assert retain_event_log(instance, RETENTION, date(2025, 1, 1)) == []


def test_a_dry_run_says_the_same_and_nothing_is_done_where_nothing_is_declared(
    instance: dg.DagsterInstance, home: Path
) -> None:
    for _ in range(2):
        _run(instance, totals)
    undeclared = RetentionSpec(owner="team:test")
    assert retain_event_log(instance, undeclared, LATER) == []
    assert retain_event_log(instance, None, LATER) == []
    would = retain_event_log(instance, RETENTION, LATER, dry_run=True)
    assert len(instance.get_runs()) == 2
    assert SECRET.encode() in _bytes(home)
    assert retain_event_log(instance, RETENTION, LATER) == would == _done(runs=1, logs=1)
