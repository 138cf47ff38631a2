"""A sensor per source: lands new, changed and late files, and only their partitions."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import dagster as dg

from customer_platform.asset_keys import raw_asset_key
from customer_platform.environment import load_environment
from customer_platform.ingestion import (
    LandedFile,
    TableSpec,
    detect_changes,
    encode_cursor,
    find_files,
    partition_ranges,
)
from customer_platform.ingestion.rewriting.change import as_delivered, read_rewritten
from customer_platform.orchestration.event_log import landed_files
from customer_platform.partitions import daily_partitions, files_left_out, range_tags

# A file that was written to within this time may still be written to.
SETTLE_SECONDS = 5


def build_landing_sensor(source: str, tables: Sequence[TableSpec]) -> dg.SensorDefinition:
    """The sensor that watches one source's folders in the landing zone.

    Args:
        source: Name of the source.
        tables: The tables the source has declared.
    """

    @dg.sensor(
        name=f"{source}_landing_sensor",
        description=f"Lands new, changed and late files of {source}: only their partitions, one "
        "run per unbroken range of days. Half-written files wait for a later tick.",
        target=[raw_asset_key(source, table.name) for table in tables],
        minimum_interval_seconds=15,
        default_status=(
            dg.DefaultSensorStatus.RUNNING
            if load_environment().automation.sensors
            else dg.DefaultSensorStatus.STOPPED
        ),
        tags={"source": source},
    )
    def landing_sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        found = {table.name: find_files(load_environment().landing, table) for table in tables}
        for path in sorted(path for files in found.values() for path in files.misnamed):
            context.log.warning(f"{path} is named like a file of {source}, but for no valid day.")
        partitions = frozenset(daily_partitions().get_partition_keys())
        # A file that was rewritten as somebody was erased from it is no new delivery.
        environment = load_environment()
        rewritten = read_rewritten(environment.rewritten_files, environment.landing)
        files = {
            name: as_delivered(table_files.files, rewritten) for name, table_files in found.items()
        }
        landed = {
            table.name: landed_files(context.instance, raw_asset_key(source, table.name))
            for table in tables
            if not context.cursor
        }
        return evaluate_landing(
            source, tables, files, context.cursor, partitions, time.time_ns(), landed
        )

    return landing_sensor


def evaluate_landing(
    source: str,
    tables: Sequence[TableSpec],
    found: Mapping[str, Sequence[LandedFile]],
    cursor: str | None,
    partitions: frozenset[str],
    now_ns: int,
    landed: Mapping[str, Mapping[str, str]],
) -> dg.SensorResult:
    """Decides what one tick of a landing sensor runs.

    Args:
        source: Name of the source.
        tables: The tables the source has declared.
        found: By table, the files that are there.
        cursor: What the last tick left, None at the first.
        partitions: The days that are partitions now. Files of other days, for example of
            tomorrow, wait until their day is one.
        now_ns: The time of the tick, in nanoseconds since the epoch.
        landed: Where there is no cursor: by table and partition, the fingerprint of the files that
            it was last landed from. Such files are not landed again, so that a sensor that is
            switched on after a backfill doesn't repeat it. All others are, however old they are,
            unless the table's `keep_days` says otherwise.

    Returns:
        One run request per table and unbroken range of days, or why there is none, and the cursor.
    """
    today = datetime.fromtimestamp(now_ns / 1e9, UTC).date()
    since = {table.name: table.kept_since(today) for table in tables}
    files = {
        name: [
            file
            for file in table_files
            if file.partition in partitions and file.partition >= since[name]
        ]
        for name, table_files in found.items()
    }
    changes = detect_changes(cursor or _cursor_of(files, landed), files, now_ns, SETTLE_SECONDS)
    requests = [
        request
        for table in tables
        for request in _requests(
            source,
            table,
            {day for day in changes.changed.get(table.name, ()) if day >= since[table.name]},
            files[table.name],
            now_ns,
        )
    ]
    if requests:
        return dg.SensorResult(run_requests=requests, cursor=changes.next_cursor)
    waiting = files_left_out(
        (file for each in found.values() for file in each),
        min(partitions, default=""),
        max(partitions, default=""),
    )
    return dg.SensorResult(
        cursor=changes.next_cursor,
        skip_reason=f"Nothing new of {source}: {sum(map(len, files.values()))} files are landed, "
        f"{sum(map(len, changes.unsettled.values()))} partitions are still being written"
        + (f"; {'; '.join(waiting)}." if waiting else "."),
    )


def _cursor_of(
    files: Mapping[str, Sequence[LandedFile]], landed: Mapping[str, Mapping[str, str]]
) -> str:
    """A cursor that knows what has landed without the sensor, of the files that are still there."""
    there = {name: {file.partition for file in each} for name, each in files.items()}
    return encode_cursor(
        {
            name: {day: known for day, known in days.items() if day in there.get(name, ())}
            for name, days in landed.items()
        }
    )


def _requests(
    source: str,
    table: TableSpec,
    changed: set[str],
    files: Sequence[LandedFile],
    now_ns: int,
) -> list[dg.RunRequest]:
    present = {file.partition for file in files}
    return [
        dg.RunRequest(
            run_key=f"{source}__{table.name}:{first}:{last}:{now_ns}",
            asset_selection=[raw_asset_key(source, table.name)],
            tags={**range_tags(first, last), "source": source},
        )
        for first, last in partition_ranges(changed, present, bridge_absent=not table.required)
    ]
