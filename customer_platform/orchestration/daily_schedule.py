"""The daily schedule: lands yesterday of every source, seen by a sensor or not."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import dagster as dg

from customer_platform.asset_keys import raw_asset_key
from customer_platform.environment import load_environment
from customer_platform.ingestion import SourceSpec
from customer_platform.ingestion.database import DatabaseSourceSpec

AnySource = SourceSpec | DatabaseSourceSpec

# After the nightly exports have landed, before people start to work.
_HOUR = 5
# Once the environment that is read has landed them.
_HOUR_OF_READER = 7


def daily_landings(sources: Sequence[AnySource], scheduled_at: datetime) -> list[dg.RunRequest]:
    """One run per source for the day before, so that a source that is missing stops no other.

    Args:
        sources: The declared sources.
        scheduled_at: The time of the tick.
    """
    day = (scheduled_at - timedelta(days=1)).date().isoformat()
    return [
        dg.RunRequest(
            run_key=f"{source.source}:{day}",
            partition_key=day,
            asset_selection=[raw_asset_key(source.source, table.name) for table in source.tables],
            tags={"source": source.source},
        )
        for source in sources
    ]


def build_daily_schedule(
    sources: Sequence[AnySource],
) -> dg.ScheduleDefinition:
    """The schedule that lands yesterday of every source; the refresh sensor follows it.

    A required file that isn't there fails the run of its source, loudly and alone.

    Args:
        sources: The declared sources.
    """
    hour = _HOUR if load_environment().reads is None else _HOUR_OF_READER

    @dg.schedule(
        name="daily_landing_schedule",
        description=f"Lands yesterday of every source at {hour:02}:00 UTC, one run each. "
        "Downstream follows through the refresh sensor.",
        cron_schedule=f"0 {hour} * * *",
        execution_timezone="UTC",
        target=dg.AssetSelection.groups("sources"),
        default_status=(
            dg.DefaultScheduleStatus.RUNNING
            if load_environment().automation.schedules
            else dg.DefaultScheduleStatus.STOPPED
        ),
    )
    def daily_landing_schedule(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        return daily_landings(sources, context.scheduled_execution_time)

    return daily_landing_schedule
