"""What Dagster's event log says about when assets were last materialised."""

from collections.abc import Mapping

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


def landed_observation(key: dg.AssetKey, landed: Mapping[str, str]) -> dg.AssetObservation:
    """The event that keeps which files a run has landed, once for all its days.

    Args:
        key: The raw asset.
        landed: Day -> fingerprint of its files.
    """
    return dg.AssetObservation(
        asset_key=key,
        description="Fingerprints of the files that have landed, by day.",
        metadata={_LANDED: dg.MetadataValue.json(dict(landed))},
    )


def landed_files(instance: dg.DagsterInstance, key: dg.AssetKey) -> dict[str, str]:
    """Per day of a raw asset, the fingerprint of the files that it was last landed from."""
    landed: dict[str, str] = {}
    cursor = None
    while True:
        page = instance.fetch_observations(key, limit=_PAGE, cursor=cursor, ascending=True)
        for record in page.records:
            observed = record.asset_observation
            found = observed.metadata.get(_LANDED) if observed else None
            if isinstance(found, dg.JsonMetadataValue) and isinstance(found.data, dict):
                landed |= found.data
        if not page.has_more:
            return landed
        cursor = page.cursor


_LANDED = "landed"
_PAGE = 1000
