"""Packs components into shards of bounded size, and refuses one that is too large."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.errors import LargeComponentError
from customer_platform.identity.distributed.cluster import Cluster, run
from customer_platform.identity.distributed.components import Components
from customer_platform.identity.distributed.over_shared import SharedValue, value_texts

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from customer_platform.identity.distributed.cluster import Worker
    from customer_platform.identity.distributed.model import Given

# Records of a shard: a worker holds one at a time, in about half a kilobyte each.
SHARD_RECORDS = 250_000
# More records of one component than that aren't given to a worker.
COMPONENT_RECORDS = 2_000_000
# Of a component that is larger than that share of a shard, the place is chosen; the others are
# spread by their hash.
_LARGE_SHARE = 16
_LISTED = 3


@dataclass(frozen=True)
class Shards:
    """Where components go.

    Attributes:
        count: How many shards there are.
        spread: The first of them, over which the hash of a component decides.
        placed: Shard of every large component.
        largest: Nodes of the largest component, where one is large; and the component.
    """

    count: int
    spread: int
    placed: dict[int, int]
    largest: tuple[int, int]


def pack(
    cluster: Cluster, components: Components, records: int, shard_records: int = SHARD_RECORDS
) -> Shards:
    """Packs components into shards.

    Args:
        cluster: The cluster.
        components: The components.
        records: How many rows the shards will hold.
        shard_records: How many rows a shard holds, unless one component has more.
    """
    large = large_components(components, max(3, shard_records // _LARGE_SHARE))
    largest = max(((size, component) for component, size in large), default=(0, 0))
    rest = max(0, records - sum(size for _, size in large))
    # Spread by a hash, shards vary in size; all slots have work.
    spread = cluster.partitions(rest, shard_records)
    placed = place(large, spread, shard_records)
    return Shards(max([spread, *(shard + 1 for shard in placed.values())]), spread, placed, largest)


def place(large: Sequence[tuple[int, int]], first: int, shard_records: int) -> dict[int, int]:
    """Places components into shards from a first one on: the largest first, where it fits.

    Args:
        large: Components and their sizes.
        first: The number of the first shard.
        shard_records: What a shard holds; a larger component has a shard to itself.
    """
    room: list[int] = []
    placed = {}
    for component, size in sorted(large, key=lambda each: (-each[1], each[0])):
        shard = next((number for number, free in enumerate(room) if free >= size), len(room))
        if shard == len(room):
            room.append(shard_records)
        room[shard] -= size
        placed[component] = first + shard
    return placed


def large_components(components: Components, least: int) -> list[tuple[int, int]]:
    """Components of at least so many nodes, with their sizes."""
    from pyspark.sql import functions as f

    labels = components.labels
    # Nodes are spread by their hash: a component that is large is large in every partition.
    in_each = max(2, least // (4 * components.partitions))
    often = run(labels.select("component"), _find_often(in_each), "component bigint")
    chosen = [row[0] for row in often.distinct().collect()]
    if not chosen:
        return []
    candidates = labels.sparkSession.createDataFrame(
        [(each,) for each in chosen], "component bigint"
    )
    counted = labels.join(f.broadcast(candidates), "component").groupBy("component").count()
    # The node that a component is named after has no label.
    return [(row[0], row[1] + 1) for row in counted.where(f"count >= {least - 1}").collect()]


def _find_often(least: int) -> "Worker":
    def find(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        values = [batch.column(0).to_numpy() for batch in batches]
        if not values:
            return
        components, counts = np.unique(np.concatenate(values), return_counts=True)
        yield pa.RecordBatch.from_pydict({"component": pa.array(components[counts >= least])})

    return find


def in_shards(rows: "DataFrame", labels: "DataFrame", shards: Shards) -> "DataFrame":
    """Spreads rows over as many partitions as there are shards, each with the rows of one.

    Args:
        rows: node, and more.
        labels: node and component, see `Components`.
        shards: Where components go.
    """
    from pyspark.sql import functions as f

    spread = f"cast(pmod(xxhash64(coalesce(label, node)), {shards.spread}) as int)"
    labels = labels.selectExpr("node", "component as label")
    if shards.placed:
        placed = rows.sparkSession.createDataFrame(
            list(shards.placed.items()), "label bigint, place int"
        )
        labels = labels.join(f.broadcast(placed), "label", "left").select("node", "label", "place")
        # A component is named after a node that has no label.
        labels = labels.unionAll(placed.selectExpr("label as node", "label", "place"))
        spread = f"coalesce(place, {spread})"
    joined = rows.join(labels.hint("shuffle_hash"), "node", "left")
    placed_rows = joined.withColumn("shard", f.expr(spread)).drop("label", "place")
    return placed_rows.repartitionById(shards.count, "shard")


def refuse_large(
    records: "DataFrame", given: "Given", labels: "DataFrame", shards: Shards, most: int
) -> None:
    """Refuses a component that no worker should hold.

    Args:
        records: As staged.
        given: What is resolved.
        labels: node and component, see `Components`.
        shards: Where components go.
        most: The most records of a component.

    Raises:
        LargeComponentError: There is one; says which values of which rules join the most of it.
    """
    from pyspark.sql import functions as f

    size, component = shards.largest
    if size <= most:
        return
    nodes = labels.where(f"component = {component}").select("node")
    members = records.join(nodes.hint("shuffle_hash"), "node", "left_semi")
    shared = []
    for number, rule in enumerate(given.rules.match_rules):
        if not rule.similar:
            counted = members.where(f"rule_{number} is not null").groupBy(f"rule_{number}")
            best = counted.agg(f.count("*").alias("n"), f.min("node").alias("node"))
            rows = best.orderBy(f.desc("n")).limit(_LISTED).collect()
            shared += [SharedValue(number, row[0], row.n, row.node, False) for row in rows]
    shared = sorted(shared, key=lambda each: -each.records)[:_LISTED]
    texts = value_texts(given.records, records, given.rules, shared)
    listed = "; ".join(
        f"{given.rules.match_rules[each.rule].name} by {texts.get((each.rule, each.value))!r}, "
        f"which {each.records:,} records share"
        for each in shared
    )
    raise LargeComponentError(
        f"{size:,} records hang together, and a worker is given at most {most:,} of them. Most are "
        f"joined by {listed}. Ignore values that are nobody's own (ignored_values), or give the "
        "rule max_records_per_value; where such customers are real, allow larger components and "
        "give workers the memory"
    )
