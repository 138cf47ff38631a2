"""Checks on the data's own newest timestamp: a file that arrives in time may hold old data."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import dagster as dg

from customer_platform.asset_keys import raw_asset_key
from customer_platform.ingestion import DeclaredTable
from customer_platform.warehouse import WAREHOUSE_POOL, Warehouse
from customer_platform.warehouse.duckdb import table_kind

NEWEST_RECORD = "newest_record"


def newest_record_result(
    newest: datetime | None, now: datetime, late_after: timedelta, check_name: str = NEWEST_RECORD
) -> dg.AssetCheckResult:
    """Passes when the newest record is at most `late_after` old; else warns.

    Args:
        newest: The newest timestamp in the data, UTC without a zone; None when there are no rows.
        now: The time of the check, UTC without a zone.
        late_after: How old the newest record may be.
        check_name: Name of the check.
    """
    if newest is None:
        return dg.AssetCheckResult(
            check_name=check_name,
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description="There are no records.",
        )
    age = now - newest
    return dg.AssetCheckResult(
        check_name=check_name,
        passed=age <= late_after,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"The newest record is of {newest:%Y-%m-%d %H:%M} UTC, "
        f"{age / timedelta(hours=1):,.1f} hours old; {late_after / timedelta(hours=1):,.0f} "
        "hours are allowed.",
        metadata={
            "newest_record": dg.MetadataValue.timestamp(newest.replace(tzinfo=UTC)),
            "hours_old": round(age / timedelta(hours=1), 1),
        },
    )


def build_newest_record_checks(
    source: str, tables: Sequence[DeclaredTable]
) -> list[dg.AssetChecksDefinition]:
    """The checks of those tables of a source that say how new they are, and how new they must be.

    Args:
        source: Name of the source.
        tables: Its tables.
    """
    return [
        build_newest_record_check(source, table)
        for table in tables
        if table.newest_column and table.late_after_hours
    ]


def build_newest_record_check(source: str, table: DeclaredTable) -> dg.AssetChecksDefinition:
    """The check that a table's newest record is not older than the source has declared.

    Args:
        source: Name of the source.
        table: A table with a `newest_column` and `late_after_hours`.
    """
    key = raw_asset_key(source, table.name)
    late_after = timedelta(hours=table.late_after_hours or 0)

    @dg.asset_check(
        asset=key,
        name=NEWEST_RECORD,
        description=f"Warns when the newest {table.newest_column} is more than "
        f"{table.late_after_hours} hours old.",
        pool=WAREHOUSE_POOL,
    )
    def newest_record(warehouse: Warehouse) -> dg.AssetCheckResult:
        with warehouse.get_connection() as connection:
            newest = None
            if table_kind(connection, *key.path):
                query = f'select max("{table.newest_column}")::timestamp from {".".join(key.path)}'
                newest = connection.execute(query).fetchall()[0][0]
        return newest_record_result(newest, datetime.now(UTC).replace(tzinfo=None), late_after)

    return newest_record
