"""What Dagster's event log says about when assets were last materialised."""

import dagster as dg


def newest_by_day(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, int]:
    """Per partition of an asset, the storage id of its newest materialisation.

    Storage ids grow with time, over all assets of the instance.
    """
    return dict(
        instance.get_latest_storage_id_by_partition(key, dg.DagsterEventType.ASSET_MATERIALIZATION)
    )


def newest_materialization(instance: dg.DagsterInstance, key: dg.AssetKey) -> int:
    """The storage id of an asset's newest materialisation, 0 when there is none."""
    records = instance.fetch_materializations(key, limit=1).records
    return records[0].storage_id if records else 0


def landing_times(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, float]:
    """Per partition of an asset, when it was last materialised, in seconds since the epoch."""
    times: dict[str, float] = {}
    cursor = None
    while True:
        page = instance.fetch_materializations(key, limit=_PAGE, cursor=cursor, ascending=True)
        for record in page.records:
            if record.partition_key:
                times[record.partition_key] = record.timestamp
        if not page.has_more:
            return times
        cursor = page.cursor


_PAGE = 1000
