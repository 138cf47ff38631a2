"""Resolves a shard on a worker into what is kept: what `update_map` does with all records."""

from collections.abc import Iterator
from contextlib import ExitStack
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.errors import RecordsError
from customer_platform.identity.distributed.packing import one, packed
from customer_platform.identity.distributed.shard import (
    COUNTS,
    ENDED,
    ISSUED,
    MAP,
    PREVIOUS,
    RECORD,
    REFUSED,
    REGISTRY,
    REPEATED,
    SHARD,
    Shard,
    ShardJob,
    opened,
)
from customer_platform.identity.distributed.staging import signed
from customer_platform.identity.keeping import changes, state
from customer_platform.identity.keeping.summary import Resolved, ids_before, ids_issued
from customer_platform.identity.keeping.write import write_update
from customer_platform.identity.matching.naming import NO_ID
from customer_platform.identity.resolve import named_map
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.staging import compared_columns, person_columns, staged_records
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    import pyarrow as pa

    from customer_platform.identity.distributed.cluster import Worker

_REGISTRY_COLUMNS = (
    "customer_id, issued_at, founding_source, founding_record_id, retired_at, successor"
)


def state_columns(rules: ResolutionRules) -> list[tuple[str, str]]:
    """Names and types, as Spark has them, of the columns of `resolution_state`."""
    people = person_columns(rules)
    texts = ("source", "source_record_id", "customer_id", "linked_by_rule", "linked_to_source")
    return [
        *((name, "string") for name in (*texts, "linked_to_record_id")),
        ("valid_from", "timestamp_ntz"),
        ("reason", "string"),
        *((name, "bigint") for name in ("component", "record_order", "record_hash")),
        *((name, "string" if name in people else "bigint") for name in compared_columns(rules)),
    ]


def result_columns(rules: ResolutionRules) -> str:
    """The columns of what a worker gives: the state as rows, all else packed."""
    columns = [("part", "string"), *state_columns(rules), ("packed", "binary")]
    return ", ".join(f"{name} {kind}" for name, kind in columns)


def kept_shards(job: ShardJob) -> "Worker":
    """A worker that resolves the shard that its partition is; see `result_columns`."""

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
    started, job, store = perf_counter(), shard.job, shard.store
    schema = _schema(job.rules)
    query = _prepare(shard)
    with ExitStack() as cleaning:
        try:
            staged = cleaning.enter_context(staged_records(store, query))
        except RecordsError:
            yield from packed(REPEATED, shard.repeated(RECORD), schema)
            return
        linked = shard.linked(staged)
        was = ids_before(store, staged.order, job.has_previous)
        known = shard.known_ids(staged, ids_issued(store.tables))
        assert job.kept is not None
        resolved = Resolved(
            staged=staged,
            map=named_map(store, staged, linked, was, known),
            linked=linked,
            previous=was,
            had_records=job.has_previous,
            everything=True,
            rules_changed=job.kept.rules_changed,
            resolved_at=job.moment,
            of_the_run=job.kept.of_the_run,
        )
        write_update(store, resolved, job.overrides)
        yield from _state_rows(shard, schema)
        for part, table in (
            (ENDED, store.quoted.ended_memberships),
            (REGISTRY, store.quoted.customer_id_registry),
            (REFUSED, store.quoted.refused_links),
        ):
            yield from packed(part, store.connection.sql(f"from {table}").to_arrow_table(), schema)
        counts = shard.counts(linked, perf_counter() - started, **_numbers(shard, resolved))
        yield one(COUNTS, counts, schema)


def _prepare(shard: Shard) -> str:
    """Makes the tables that an update of all records starts from; returns the query of these."""
    store, job = shard.store, shard.job
    state.create_tables(store)
    store.connection.execute(
        f"insert into {store.quoted.customer_id_registry} select {_REGISTRY_COLUMNS} "
        f"from {SHARD} where what = {ISSUED}"
        if job.has_previous
        else "select 1"
    )
    store.connection.execute(
        f"create temp table {sql.bare(changes.DELTA)} as {shard.staging_query}"
    )
    if not job.has_previous:
        return f"from {changes.DELTA}"
    store.connection.execute(
        f"create temp table {sql.bare(changes.GONE)} as select source, record_id, "
        f"node as record_order, record_hash, customer_id, "
        f"case when is_root then null else '' end as linked_by_rule, valid_from, reason, component "
        f"from {SHARD} where what = {PREVIOUS}"
    )
    assert job.kept is not None
    return changes.records_query(store.rules, job.kept.changed_overrides, everything=True)


def _numbers(shard: Shard, resolved: Resolved) -> dict[str, int]:
    """What `UpdateSummary` counts."""
    codes, customers, kept = (
        resolved.previous.codes,
        resolved.map.customers,
        resolved.kept_ids,
    )
    new, changed, gone = resolved.map.order.count, 0, 0
    if resolved.had_records:
        causes = resolved.staged.numbers("cause")
        new = int(np.count_nonzero(causes & changes.IS_NEW))
        changed = int(np.count_nonzero(causes & changes.KEY_CHANGED))
        [(gone,)] = shard.store.connection.execute(
            f"select count(*) from {changes.GONE}"
        ).fetchall()
    return {
        "new_records": new,
        "changed_records": changed,
        "deleted_records": gone - (resolved.map.order.count - new),
        "moved_records": int(np.count_nonzero((codes != NO_ID) & ~resolved.stays)),
        "new_customers": customers.new_count,
        "retired_customers": int(np.count_nonzero(~kept)),
        "merged_customers": int(np.count_nonzero(~kept & (customers.heirs >= 0))),
    }


def _state_rows(shard: Shard, schema: "pa.Schema") -> "Iterator[pa.RecordBatch]":

    names = ", ".join(name for name, _ in state_columns(shard.job.rules))
    table = shard.store.connection.sql(
        f"select '{MAP}' as part, {names}, cast(null as blob) as packed "
        f"from {shard.store.quoted.resolution_state}"
    ).to_arrow_table()
    yield from signed(table).cast(schema).to_batches(max_chunksize=100_000)


def _schema(rules: ResolutionRules) -> "pa.Schema":
    import pyarrow as pa

    kinds = {
        "string": pa.string(),
        "bigint": pa.int64(),
        "timestamp_ntz": pa.timestamp("us"),
        "binary": pa.binary(),
    }
    columns = [("part", "string"), *state_columns(rules), ("packed", "binary")]
    return pa.schema([(name, kinds[kind]) for name, kind in columns])
