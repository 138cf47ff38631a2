"""Reads Dagster's event log in pages."""

from collections.abc import Iterator

import dagster as dg

_PAGE = 1000


def materializations(
    instance: dg.DagsterInstance, key: dg.AssetKey, after: int
) -> Iterator[dg.EventLogRecord]:
    """The materialisations of an asset, oldest first, one per partition that a run built.

    Args:
        instance: The Dagster instance.
        key: The asset.
        after: The storage id after which to start, 0 for all.
    """
    while True:
        records = instance.fetch_materializations(
            dg.AssetRecordsFilter(asset_key=key, after_storage_id=after),
            limit=_PAGE,
            ascending=True,
        ).records
        yield from records
        if len(records) < _PAGE:
            return
        after = records[-1].storage_id
