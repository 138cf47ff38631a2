"""Downstream follows by itself: one refresh after whatever has landed, however it was landed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from customer_platform.environment import load_environment
from customer_platform.orchestration.event_log import newest_by_day, newest_materialization
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


def pending_days(
    landed: Iterable[Mapping[str, int]], refreshed: Mapping[str, int], completed: int
) -> set[str]:
    """The days that have landed since they were last refreshed.

    Args:
        landed: Per raw asset, the storage id of the newest materialisation of each day.
        refreshed: The same of a daily master.
        completed: The storage id of the newest materialisation of the master that is rebuilt
            last. A refresh that failed before it counts as none.
    """
    return {
        day
        for days in landed
        for day, storage_id in days.items()
        if storage_id > min(refreshed.get(day, 0), completed)
    }


def build_refresh_sensor(
    raw_keys: Sequence[dg.AssetKey],
    daily_master: dg.AssetKey,
    last_master: dg.AssetKey,
    job: dg.JobDefinition | UnresolvedAssetJobDefinition,
) -> dg.SensorDefinition:
    """The sensor that runs the refresh job for the days that have landed since their last refresh.

    It waits while other runs are queued or running, so that sources that land together are
    refreshed together. A day stays pending until a refresh of it has succeeded; one that failed
    is tried again, all pending days included, as soon as something new has landed.

    Args:
        raw_keys: The raw assets.
        daily_master: A master that is partitioned by day.
        last_master: The master that is rebuilt last.
        job: The job that rebuilds everything downstream of the raw assets.
    """

    @dg.sensor(
        name="refresh_sensor",
        description="Rebuilds staging, identity and masters for the days that have landed since "
        "their last refresh, whether a sensor, the schedule or a person landed them.",
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
        landed = [newest_by_day(context.instance, key) for key in raw_keys]
        newest = max((storage_id for days in landed for storage_id in days.values()), default=0)
        if str(newest) == context.cursor:
            return dg.SkipReason("Nothing has landed since the last look.")
        days = pending_days(
            landed,
            newest_by_day(context.instance, daily_master),
            newest_materialization(context.instance, last_master),
        )
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=f"{newest}:{first}", tags=range_tags(first, last))
                for first, last in refresh_ranges(days)
            ],
            skip_reason=None if days else "What has landed has been refreshed by its own run.",
            cursor=str(newest),
        )

    return refresh_sensor
