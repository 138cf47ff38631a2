"""The jobs, the schedule, and the sensor that lets downstream follow."""

import dagster as dg

from customer_platform.asset_keys import raw_asset_key
from customer_platform.components.publication import PUBLISHED
from customer_platform.declarations import declarations_of
from customer_platform.environment import load_environment
from customer_platform.orchestration.daily_schedule import build_daily_schedule
from customer_platform.orchestration.refresh_sensor import build_refresh_sensor

_SOURCES = dg.AssetSelection.groups("sources")
# Retention has a schedule of its own.
_PRIVACY = dg.AssetSelection.groups("privacy")

main_job = dg.define_asset_job(
    "main",
    selection=dg.AssetSelection.all() - _PRIVACY,
    description="Everything, from the landing zone to what is published, for a range of days.",
)

refresh_job = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - _SOURCES - _PRIVACY,
    description="Staging, identity, masters and what is published, for the days that have landed.",
)


@dg.definitions
def automation() -> dg.Definitions:
    """The jobs and what starts them."""
    sources = list(declarations_of(load_environment()).sources.values())
    return dg.Definitions(
        jobs=[main_job, refresh_job],
        schedules=[build_daily_schedule(sources)],
        sensors=[
            build_refresh_sensor(
                [
                    raw_asset_key(source.source, table.name)
                    for source in sources
                    for table in source.tables
                ],
                daily_master=dg.AssetKey(["master", "transactions"]),
                last_master=PUBLISHED,
                job=refresh_job,
            )
        ],
    )
