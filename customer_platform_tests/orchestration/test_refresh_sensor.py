from collections.abc import Iterator
from datetime import date

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.orchestration.refresh_sensor import build_refresh_sensor, refresh_ranges

_RAW = dg.AssetKey(["raw", "shop__orders"])
_DAILY = dg.AssetKey(["master", "transactions"])
_MASTER = dg.AssetKey(["master", "customers"])
_DAYS = dg.DailyPartitionsDefinition("2024-01-01")


@dg.asset(key=_RAW, partitions_def=_DAYS)
def orders() -> None: ...


@dg.asset(key=_DAILY, deps=[_RAW], partitions_def=_DAYS)
def transactions() -> None: ...


@dg.asset(key=_MASTER, deps=[_DAILY])
def customers() -> None: ...


_JOB = dg.define_asset_job("refresh", selection=[_DAILY, _MASTER])
_SENSOR = build_refresh_sensor([_RAW], _DAILY, _MASTER, _JOB)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def _land(instance: dg.DagsterInstance, *days: str) -> None:
    for day in days:
        dg.materialize([orders], partition_key=day, instance=instance)


def _tick(instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    defs = dg.Definitions(assets=[orders, transactions, customers], jobs=[_JOB], sensors=[_SENSOR])
    with dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs) as context:
        result = _SENSOR(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result if isinstance(result, dg.SensorResult) else dg.SensorResult(skip_reason=result)


def _ranges(result: dg.SensorResult) -> list[tuple[str, str]]:
    return [
        (
            request.tags["dagster/asset_partition_range_start"],
            request.tags["dagster/asset_partition_range_end"],
        )
        for request in result.run_requests or []
    ]


def test_what_landed_is_refreshed_once(instance: dg.DagsterInstance) -> None:
    _land(instance, "2024-01-02", "2024-01-03")
    result = _tick(instance)
    assert _ranges(result) == [("2024-01-02", "2024-01-03")]
    assert _ranges(_tick(instance, result.cursor)) == []


def test_a_late_day_is_refreshed_apart_from_recent_ones(instance: dg.DagsterInstance) -> None:
    _land(instance, "2024-01-02", "2024-06-03")
    assert _ranges(_tick(instance)) == [
        ("2024-01-02", "2024-01-02"),
        ("2024-06-03", "2024-06-03"),
    ]


def test_a_run_that_has_rebuilt_the_masters_itself_is_not_followed(
    instance: dg.DagsterInstance,
) -> None:
    dg.materialize([orders, transactions, customers], partition_key="2024-01-02", instance=instance)
    result = _tick(instance)
    assert _ranges(result) == []
    _land(instance, "2024-01-05")
    assert _ranges(_tick(instance, result.cursor)) == [("2024-01-05", "2024-01-05")]


def test_it_waits_while_a_run_is_unfinished_so_that_sources_are_refreshed_together(
    instance: dg.DagsterInstance,
) -> None:
    _land(instance, "2024-01-02")
    running = instance.create_run_for_job(
        dg.Definitions(assets=[orders], jobs=[dg.define_asset_job("land", [_RAW])]).resolve_job_def(
            "land"
        ),
        status=dg.DagsterRunStatus.STARTED,
    )
    waiting = _tick(instance)
    assert _ranges(waiting) == []
    assert waiting.skip_reason is not None
    assert "1 runs are queued or running" in (waiting.skip_reason.skip_message or "")
    instance.delete_run(running.run_id)
    assert _ranges(_tick(instance)) == [("2024-01-02", "2024-01-02")]


def test_the_days_of_a_refresh_that_failed_stay_pending_until_one_succeeds(
    instance: dg.DagsterInstance,
) -> None:
    _land(instance, "2024-01-02")
    requested = _tick(instance)
    # The refresh got as far as the daily master and no further.
    dg.materialize([transactions], partition_key="2024-01-02", instance=instance)
    assert _ranges(_tick(instance, requested.cursor)) == []
    _land(instance, "2024-03-01")
    assert _ranges(_tick(instance, requested.cursor)) == [
        ("2024-01-02", "2024-01-02"),
        ("2024-03-01", "2024-03-01"),
    ]


def test_nothing_landed_is_nothing_to_do(instance: dg.DagsterInstance) -> None:
    assert _ranges(_tick(instance)) == []


@given(st.sets(st.dates(min_value=date(2020, 1, 1)), max_size=30))
def test_ranges_cover_every_landed_day_and_are_in_order(days: set[date]) -> None:
    landed = {day.isoformat() for day in days}
    ranges = refresh_ranges(landed)
    assert all(any(first <= day <= last for first, last in ranges) for day in landed)
    assert all(first in landed and last in landed for first, last in ranges)
    ends = [end for pair in ranges for end in pair]
    assert ends == sorted(ends)
