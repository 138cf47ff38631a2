"""The one partitioning that sources and facts share: days."""

from collections.abc import Mapping

import dagster as dg

from customer_platform.environment import load_environment


def daily_partitions() -> dg.DailyPartitionsDefinition:
    """Days from the deployment's start date up to and including today, in UTC.

    Today is a partition from its first minute, because tills and web shops deliver during the day.
    """
    return dg.DailyPartitionsDefinition(
        start_date=load_environment().start_date.isoformat(), end_offset=1
    )


def range_tags(first: str, last: str) -> dict[str, str]:
    """The run tags that make one run cover the partitions from `first` to `last`, both included."""
    return {
        "dagster/asset_partition_range_start": first,
        "dagster/asset_partition_range_end": last,
    }


def days_of_run(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """The first and last day that a run is for; None for a run of no days.

    Args:
        tags: The tags of the run.
    """
    if "dagster/partition" in tags:
        return tags["dagster/partition"], tags["dagster/partition"]
    if set(range_tags("", "")) <= set(tags):
        first, last = (tags[tag] for tag in range_tags("", ""))
        return first, last
    return None
