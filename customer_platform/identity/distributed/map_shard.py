"""Resolves a shard on a worker into rows of a map: what `resolve_file` does with all records."""

from collections.abc import Iterator
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING

from customer_platform.errors import PreviousMapError, RecordsError
from customer_platform.identity.distributed.packing import one, packed
from customer_platform.identity.distributed.shard import (
    COUNTS,
    ISSUED,
    MAP,
    PREVIOUS,
    RECORD,
    REFUSED,
    REPEATED,
    REPEATED_BEFORE,
    RETIRED,
    SHARD,
    Shard,
    ShardJob,
    opened,
)
from customer_platform.identity.files import issued_times, retired_ids
from customer_platform.identity.keeping.history import insert_refused
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.records import StagedRecords
from customer_platform.identity.naming import PREVIOUS_IDS, no_previous_ids, read_previous_map
from customer_platform.identity.resolve import Resolution, named_map
from customer_platform.identity.staging import staged_records
from customer_platform.identity.store import REFUSED_LINKS_COLUMNS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from customer_platform.identity.distributed.cluster import Worker

_TEXTS = (
    "source",
    "record_id",
    "customer_id",
    "linked_by_rule",
    "linked_to_source",
    "linked_to_record",
)
RESULT = (
    f"part string, {', '.join(f'{name} string' for name in _TEXTS)}, "
    "issued_at timestamp_ntz, packed binary"
)


def resolved_shards(job: ShardJob) -> "Worker":
    """A worker that resolves the shard that its partition is; see `RESULT`."""

    def resolve(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        held = [batch for batch in batches if batch.num_rows]
        if held:
            table = pa.Table.from_batches(held)
            held.clear()
            with opened(job, table) as shard:
                yield from _resolve(shard)

    return resolve


def _resolve(shard: Shard) -> "Iterator[pa.RecordBatch]":
    started, schema, connection = perf_counter(), _schema(), shard.store.connection
    with ExitStack() as cleaning:
        try:
            staged = cleaning.enter_context(staged_records(shard.store, shard.staging_query))
        except RecordsError:
            yield from packed(REPEATED, shard.repeated(RECORD), schema)
            return
        linked = shard.linked(staged)
        try:
            resolution = _named(shard, staged, linked)
        except PreviousMapError:
            yield from packed(REPEATED_BEFORE, shard.repeated(PREVIOUS), schema)
            return
        yield from _map_rows(shard, resolution, schema)
        connection.execute(f"create temp table refused ({REFUSED_LINKS_COLUMNS})")
        insert_refused(shard.store, "temp.refused", resolution.map, linked)
        yield from packed(REFUSED, connection.sql("from temp.refused").to_arrow_table(), schema)
        if shard.job.has_previous:
            issued = (
                f"(select customer_id, retired_at, successor from {SHARD} where what = {ISSUED})"
            )
            retired = retired_ids(connection, resolution, issued, shard.job.moment)
            yield from packed(RETIRED, retired, schema)
        counts = shard.counts(
            linked,
            perf_counter() - started,
            kept=resolution.kept_customers,
            live=resolution.previous.live,
        )
        yield one(COUNTS, counts, schema)


def _named(shard: Shard, staged: StagedRecords, linked: LinkedRecords) -> Resolution:
    store = shard.store
    issued = f"select customer_id, issued_at from {SHARD} where what = {ISSUED}"
    previous = (
        f"select source, record_id, customer_id, issued_at, "
        f"case when is_root then null else '' end as linked_by_rule "
        f"from {SHARD} where what = {PREVIOUS}"
    )
    was = (
        read_previous_map(store.connection, previous, issued, staged.order)
        if shard.job.has_previous
        else no_previous_ids(store.connection, staged.order.count)
    )
    named = named_map(store, staged, linked, was, shard.known_ids(staged, PREVIOUS_IDS))
    return Resolution(
        rules=store.rules,
        order=staged.order,
        linked=linked,
        customers=named.customers,
        map=named,
        previous=was,
        models={},
        seconds={},
    )


def _map_rows(
    shard: Shard, resolution: Resolution, schema: "pa.Schema"
) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    times = issued_times(shard.store.connection, resolution, shard.job.moment)
    clusters = resolution.linked.clusters

    def more(first: int, last: int, numbers: "npt.NDArray[np.int32]") -> dict[str, "pa.Array"]:
        return {"issued_at": pa.array(times[clusters[numbers]], type=pa.timestamp("us"))}

    for batch in resolution.map.reader(more):
        part = pa.repeat(pa.scalar(MAP), batch.num_rows)
        texts = [batch.column(name).cast(pa.string()) for name in _TEXTS]
        nothing = pa.nulls(batch.num_rows, pa.binary())
        yield pa.RecordBatch.from_arrays(
            [part, *texts, batch.column("issued_at"), nothing], schema=schema
        )


def _schema() -> "pa.Schema":
    import pyarrow as pa

    return pa.schema(
        [
            ("part", pa.string()),
            *((name, pa.string()) for name in _TEXTS),
            ("issued_at", pa.timestamp("us")),
            ("packed", pa.binary()),
        ]
    )
