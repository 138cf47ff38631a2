"""Resolves one shard on a worker: the engine as it is, on the rows that came together."""

import json
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from customer_platform.errors import PreviousMapError, RecordsError
from customer_platform.identity.distributed.staging import unsigned, worker_connection
from customer_platform.identity.files import issued_times, retired_ids
from customer_platform.identity.keeping.history import insert_refused
from customer_platform.identity.linking import link_staged
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.records import NumberedPairs, StagedRecords
from customer_platform.identity.naming import PREVIOUS_IDS, no_previous_ids, read_previous_map
from customer_platform.identity.overrides import Override
from customer_platform.identity.resolve import Resolution, named_map
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.similar.pairs import SimilarPairs, numbered
from customer_platform.identity.staging import (
    compared_columns,
    ordered_inserts,
    person_columns,
    staged_records,
)
from customer_platform.identity.store import (
    IDENTITY,
    REFUSED_LINKS_COLUMNS,
    IdentityStore,
    OutputTables,
)

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

    from customer_platform.identity.distributed.cluster import Worker

# What a row of a shard is.
RECORD, PREVIOUS, ISSUED, PAIR = 0, 1, 2, 3
SHARD = "shard_rows"

# Tables of a result, by its column `part`. The rows of the map are rows; those of others are
# packed, as Arrow writes them, and few.
MAP = "map"
REFUSED = "refused_links"
RETIRED = "retired"
COUNTS = "counts"
REPEATED = "repeated_records"
REPEATED_BEFORE = "repeated_in_previous"

RESULT = (
    "part string, source string, record_id string, customer_id string, linked_by_rule string, "
    "linked_to_source string, linked_to_record string, issued_at timestamp_ntz, packed binary"
)
_PACKED_ROWS = 50_000
_LISTED = 5


@dataclass(frozen=True)
class ShardJob:
    """All that a worker needs to know, besides the rows.

    Attributes:
        rules: The rules.
        overrides: As `check_overrides` returns them.
        excluded: Per rule position, the values that link no one, in order.
        thresholds: Per position of a similar rule, the probability from which it links.
        entity: What the IDs are of.
        moment: The time of the run, UTC.
        has_previous: Whether there is a previous map.
        taken: IDs that other shards have; by ID, the node of the record that founded it there,
            None where it was issued before.
    """

    rules: ResolutionRules
    overrides: Sequence[Override]
    excluded: Mapping[int, npt.NDArray[np.uint64]]
    thresholds: Mapping[int, float]
    entity: str
    moment: datetime
    has_previous: bool
    taken: Mapping[str, int | None] = field(default_factory=dict)


def resolved_shards(job: ShardJob) -> "Worker":
    """A worker that resolves the shard that its partition is; see `RESULT`."""

    def resolve(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        held = [batch for batch in batches if batch.num_rows]
        if held:
            table = pa.Table.from_batches(held)
            held.clear()
            yield from _resolve(job, table)

    return resolve


def _resolve(job: ShardJob, table: "pa.Table") -> "Iterator[pa.RecordBatch]":
    started = perf_counter()
    with ExitStack() as cleaning:
        connection = cleaning.enter_context(worker_connection())
        cleaning.enter_context(ordered_inserts(connection))
        hashes = [
            name for name in compared_columns(job.rules) if name not in person_columns(job.rules)
        ]
        connection.register(SHARD, unsigned(table, ["node", *hashes]))
        store = IdentityStore(
            connection, SHARD, job.rules, OutputTables(IDENTITY, entity=job.entity)
        )
        columns = ", ".join(compared_columns(job.rules))
        query = (
            f"select source, record_id, node as record_order, {columns} "
            f"from {SHARD} where what = {RECORD}"
        )
        try:
            staged = cleaning.enter_context(staged_records(store, query))
        except RecordsError:
            yield from _packed(REPEATED, _repeated(connection, RECORD))
            return
        linked = _linked(job, store, staged, table)
        try:
            resolution = _named(job, store, staged, linked)
        except PreviousMapError:
            yield from _packed(REPEATED_BEFORE, _repeated(connection, PREVIOUS))
            return
        yield from _map_rows(job, connection, resolution)
        connection.execute(f"create temp table refused ({REFUSED_LINKS_COLUMNS})")
        insert_refused(store, "temp.refused", resolution.map, linked)
        yield from _packed(REFUSED, connection.sql("from temp.refused").to_arrow_table())
        if job.has_previous:
            issued = (
                f"(select customer_id, retired_at, successor from {SHARD} where what = {ISSUED})"
            )
            yield from _packed(RETIRED, retired_ids(connection, resolution, issued, job.moment))
        yield _counted(job, connection, resolution, perf_counter() - started)


def _linked(
    job: ShardJob, store: IdentityStore, staged: StagedRecords, table: "pa.Table"
) -> LinkedRecords:
    return link_staged(
        store,
        job.overrides,
        staged,
        similar=_similar(job, staged, table),
        excluded=job.excluded,
        # The texts are looked up at the end, by a node: the records' values aren't here.
        value_texts=lambda rule, rows: {
            row: str(staged.order.hashes[staged.order.numbers[row]]) for row in rows
        },
    )


def _similar(job: ShardJob, staged: StagedRecords, table: "pa.Table") -> dict[int, NumberedPairs]:
    import pyarrow.compute as pc

    found = {}
    for number, threshold in job.thresholds.items():
        similar = job.rules.match_rules[number].similar
        assert similar is not None
        pairs = table.filter(
            pc.and_(pc.equal(table["what"], PAIR), pc.equal(table["pair_rule"], number))
        )
        found[number] = numbered(
            SimilarPairs(
                pairs["node"].to_numpy().view(np.uint64),
                pairs["other_node"].to_numpy().view(np.uint64),
                pairs["weight"].to_numpy(),
                pairs["probability"].to_numpy(),
            ),
            staged.order,
            threshold,
            similar.cohesion,
        )
    return found


def _named(
    job: ShardJob, store: IdentityStore, staged: StagedRecords, linked: LinkedRecords
) -> Resolution:
    connection = store.connection
    issued = f"select customer_id, issued_at from {SHARD} where what = {ISSUED}"
    previous = (
        f"select source, record_id, customer_id, issued_at, "
        f"case when is_root then null else '' end as linked_by_rule "
        f"from {SHARD} where what = {PREVIOUS}"
    )
    was = (
        read_previous_map(connection, previous, issued, staged.order)
        if job.has_previous
        else no_previous_ids(connection, staged.order.count)
    )
    known = PREVIOUS_IDS
    if taken := _taken_from(job, staged):
        connection.execute("create temp table taken_ids (customer_id varchar)")
        connection.executemany("insert into taken_ids values (?)", [[each] for each in taken])
        known = (
            f"(select customer_id from {PREVIOUS_IDS} union all select customer_id from taken_ids)"
        )
    named = named_map(store, staged, linked, was, known)
    return Resolution(
        rules=job.rules,
        order=staged.order,
        linked=linked,
        customers=named.customers,
        map=named,
        previous=was,
        models={},
        seconds={},
    )


def _taken_from(job: ShardJob, staged: StagedRecords) -> list[str]:
    """The IDs that customers of this shard may not get, as others have them."""
    here = set(staged.order.hashes.tolist()) if job.taken else set()
    return [each for each, founder in job.taken.items() if founder is None or founder not in here]


def _map_rows(
    job: ShardJob, connection: "DuckDBPyConnection", resolution: Resolution
) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    times = issued_times(connection, resolution, job.moment)
    clusters = resolution.linked.clusters

    def more(first: int, last: int, numbers: npt.NDArray[np.int32]) -> dict[str, "pa.Array"]:
        return {"issued_at": pa.array(times[clusters[numbers]], type=pa.timestamp("us"))}

    for batch in resolution.map.reader(more):
        texts = (
            "source",
            "record_id",
            "customer_id",
            "linked_by_rule",
            "linked_to_source",
            "linked_to_record",
        )
        columns: dict[str, Any] = {name: batch.column(name).cast(pa.string()) for name in texts}
        yield pa.RecordBatch.from_pydict(
            {
                "part": pa.array([MAP], pa.string()).take(
                    pa.array(np.zeros(batch.num_rows, dtype=np.int32))
                ),
                **columns,
                "issued_at": batch.column("issued_at"),
                "packed": pa.nulls(batch.num_rows, pa.binary()),
            }
        )


def _counted(
    job: ShardJob, connection: "DuckDBPyConnection", resolution: Resolution, seconds: float
) -> "pa.RecordBatch":
    linked = resolution.linked
    sizes = np.bincount(linked.clusters)
    sizes, customers = np.unique(sizes[sizes > 0], return_counts=True)
    id_pairs = 0
    if job.has_previous:
        [(id_pairs,)] = connection.execute(
            f"select coalesce(sum(n * (n - 1) // 2), 0)::bigint from "
            f"(select count(*) as n from {SHARD} where id_hash is not null group by id_hash)"
        ).fetchall()
    counts = {
        "records": resolution.records,
        "customers": resolution.customer_count,
        "kept": resolution.kept_customers,
        "live": resolution.previous.live,
        "sizes": dict(zip(sizes.tolist(), customers.tolist(), strict=True)),
        "overrides": linked.override_links,
        "refused": len(linked.refused),
        "id_pairs": id_pairs,
        "rules": [
            [each.links, each.values, each.pairs, each.matched_records] for each in linked.rules
        ],
        "over_shared": [
            [value.rule, value.value_hash, value.records, value.people, int(value.value or 0)]
            for value in linked.over_shared
        ],
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "seconds": seconds,
    }
    return _one(COUNTS, json.dumps(counts).encode())


def _repeated(connection: "DuckDBPyConnection", what: int) -> "pa.Table":
    return connection.sql(
        f"select source, record_id, count(*) as records from {SHARD} where what = {what} "
        "group by all having count(*) > 1"
    ).to_arrow_table()


def _packed(part: str, table: "pa.Table") -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    for batch in table.to_batches(max_chunksize=_PACKED_ROWS):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            writer.write_batch(batch)
        yield _one(part, sink.getvalue().to_pybytes())


def unpacked(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """A worker that gives the rows that are packed in the only column."""
    import pyarrow as pa

    for batch in batches:
        for packed in batch.column(0):
            with pa.ipc.open_stream(packed.as_buffer()) as reader:
                for each in reader:
                    yield pa.RecordBatch.from_pydict(
                        {
                            name: column.cast(pa.string())
                            if pa.types.is_large_string(column.type)
                            else column
                            for name, column in zip(each.schema.names, each.columns, strict=True)
                        }
                    )


def _one(part: str, packed: bytes) -> "pa.RecordBatch":
    import pyarrow as pa

    texts = (
        "source",
        "record_id",
        "customer_id",
        "linked_by_rule",
        "linked_to_source",
        "linked_to_record",
    )
    return pa.RecordBatch.from_pydict(
        {
            "part": pa.array([part], pa.string()),
            **{name: pa.nulls(1, pa.string()) for name in texts},
            "issued_at": pa.nulls(1, pa.timestamp("us")),
            "packed": pa.array([packed], pa.binary()),
        }
    )
