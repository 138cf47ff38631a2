"""The jobs, the schedule, and the sensor that lets downstream follow."""

import dagster as dg

from customer_platform.asset_keys import raw_asset_key
from customer_platform.components.publication import PUBLISHED
from customer_platform.components.retention import RETENTION
from customer_platform.declarations import declarations_of
from customer_platform.environment import load_environment
from customer_platform.orchestration.daily_schedule import build_daily_schedule
from customer_platform.orchestration.refresh_sensor import build_refresh_sensor

_SOURCES = dg.AssetSelection.groups("sources")
# It has a schedule of its own; by its name, as not everybody has it.
_RETENTION = dg.AssetSelection.key_substring(RETENTION.to_user_string())
# Requests are carried out where sources land; an environment that reads another follows it.
_LEFT_OUT = (
    _RETENTION | dg.AssetSelection.groups("privacy") if load_environment().reads else _RETENTION
)

main_job = dg.define_asset_job(
    "main",
    selection=dg.AssetSelection.all() - _LEFT_OUT,
    description="Everything, from the landing zone to what is published, for a range of days.",
)

land_job = dg.define_asset_job(
    "land",
    selection=_SOURCES,
    description="The sources alone, for a range of days; `refresh` goes on from what has landed.",
)

refresh_job = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all() - _SOURCES - _LEFT_OUT,
    description="Staging, identity, masters and what is published, for the days that have landed.",
)


@dg.definitions
def automation() -> dg.Definitions:
    """The jobs and what starts them."""
    sources = list(declarations_of(load_environment()).sources.values())
    return dg.Definitions(
        jobs=[main_job, land_job, refresh_job],
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
