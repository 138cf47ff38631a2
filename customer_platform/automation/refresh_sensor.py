"""Downstream follows by itself: one refresh after whatever has landed, however it was landed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from customer_platform.automation.event_log import materializations
from customer_platform.environment import load_environment
from customer_platform.partitions import range_tags

# Landed days this close together are refreshed in one run: rebuilding the days in between costs
# less than another start of dbt.
_BRIDGED_DAYS = 7
_UNFINISHED = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


@dataclass(frozen=True)
class Landed:
    """What has landed since a storage id of the event log.

    Attributes:
        partitions: The days that landed in runs that did not refresh the masters themselves.
        last_storage_id: The newest event seen.
    """

    partitions: frozenset[str]
    last_storage_id: int


def refresh_ranges(partitions: Iterable[str]) -> list[tuple[str, str]]:
    """The ranges of days to refresh, bridging gaps of up to a week.

    Args:
        partitions: ISO days.

    Returns:
        Disjoint (first, last) pairs in ascending order, both ends included.
    """
    ranges: list[tuple[date, date]] = []
    for day in sorted(date.fromisoformat(partition) for partition in partitions):
        if ranges and day - ranges[-1][1] <= timedelta(days=_BRIDGED_DAYS):
            ranges[-1] = (ranges[-1][0], day)
        else:
            ranges.append((day, day))
    return [(first.isoformat(), last.isoformat()) for first, last in ranges]


def build_refresh_sensor(
    raw_keys: Sequence[dg.AssetKey],
    master_key: dg.AssetKey,
    job: dg.JobDefinition | UnresolvedAssetJobDefinition,
) -> dg.SensorDefinition:
    """The sensor that runs the refresh job for the days that have landed since its last run.

    It waits while other runs are queued or running, so that sources that land together are
    refreshed together.

    Args:
        raw_keys: The raw assets.
        master_key: The asset that is rebuilt last. A run that has rebuilt it needs no refresh of
            what it landed.
        job: The job that rebuilds everything downstream of the raw assets.
    """

    @dg.sensor(
        name="refresh_sensor",
        description="Rebuilds staging, identity and masters for the days that have landed since "
        "its last run, whether a sensor, the schedule or a person landed them.",
        job=job,
        minimum_interval_seconds=15,
        default_status=(
            dg.DefaultSensorStatus.RUNNING
            if load_environment().automation.sensors
            else dg.DefaultSensorStatus.STOPPED
        ),
    )
    def refresh_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        unfinished = context.instance.get_runs_count(dg.RunsFilter(statuses=_UNFINISHED))
        if unfinished:
            return dg.SkipReason(
                f"{unfinished} runs are queued or running; what they land is refreshed afterwards."
            )
        seen = int(context.cursor or 0)
        landed = landed_since(context.instance, raw_keys, master_key, seen)
        cursor = str(landed.last_storage_id)
        ranges = refresh_ranges(landed.partitions)
        if not ranges:
            return dg.SensorResult(
                skip_reason="Nothing has landed since the last refresh.", cursor=cursor
            )
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=f"{cursor}:{first}", tags=range_tags(first, last))
                for first, last in ranges
            ],
            cursor=cursor,
        )

    return refresh_sensor


def landed_since(
    instance: dg.DagsterInstance,
    raw_keys: Sequence[dg.AssetKey],
    master_key: dg.AssetKey,
    storage_id: int,
) -> Landed:
    """Reads from the event log what has landed and has not been refreshed yet.

    Args:
        instance: The Dagster instance.
        raw_keys: The raw assets.
        master_key: The asset that is rebuilt last.
        storage_id: The newest event that an earlier call has seen, 0 at first.
    """
    refreshed_by = {record.run_id for record in materializations(instance, master_key, storage_id)}
    partitions: set[str] = set()
    newest = storage_id
    for key in raw_keys:
        for record in materializations(instance, key, storage_id):
            newest = max(newest, record.storage_id)
            if record.partition_key and record.run_id not in refreshed_by:
                partitions.add(record.partition_key)
    return Landed(frozenset(partitions), newest)
