"""The one partitioning that sources and facts share: days."""

from collections.abc import Iterable, Mapping

import dagster as dg

from customer_platform.environment import load_environment
from customer_platform.ingestion.landing import LandedFile

_NAMED_FILES = 10


def daily_partitions() -> dg.DailyPartitionsDefinition:
    """Days from the deployment's start date up to and including today, in UTC.

    Today is a partition from its first minute, because tills and web shops deliver during the day.
    """
    return dg.DailyPartitionsDefinition(
        start_date=load_environment().start_date.isoformat(), end_offset=1
    )


def files_left_out(files: Iterable[LandedFile], first: str, last: str) -> list[str]:
    """A message for each file of a day that is no partition, and what to do about it.

    Args:
        files: Files of any days.
        first: The first partition.
        last: The last one: today.
    """
    messages = [
        f"{file.path} is of a day to come, {file.partition}: it waits until that day"
        if file.partition > last
        else f"{file.path} is left out: {file.partition} is before {first}, the first day there is "
        "(CUSTOMER_PLATFORM_START_DATE)"
        for file in files
        if not first <= file.partition <= last
    ]
    more = len(messages) - _NAMED_FILES
    return messages[:_NAMED_FILES] + ([f"and so are {more:,} more files"] if more > 0 else [])


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
