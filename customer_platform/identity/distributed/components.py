"""Which linked nodes hang together: connected components, by contraction.

First every node without larger neighbours is settled: it hangs on its smallest neighbour, to which
its other neighbours are linked in its place. That is nearly all nodes of customers' records, as a
link leads to the smallest node of a value. What is left is contracted in rounds (H. Bögeholz,
M. Brand and R. Todor, "In-database connected component analysis", ICDE 2020): every node names the
first of itself and its neighbours, in an order that is drawn again in each round, and the links of
those that are named go on. A round leaves at most three quarters of the nodes, on average, whatever
the graph looks like; chains and stars included. Once few enough links are left, one task joins
them by union-find.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.errors import ClusterError
from customer_platform.identity.distributed.cluster import Cluster, kept, run

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from customer_platform.identity.distributed.cluster import Worker

Nodes = npt.NDArray[np.uint64]

# Links that one task joins: 100 bytes each.
LINKS_PER_TASK = 4_000_000
# Links that a task of a round holds.
_ROWS_PER_TASK = 2_000_000
# Of a graph of 2^63 nodes, three quarters each, less than one would be left.
_MOST_ROUNDS = 160

_SETTLED, _LIVE = 0, 1


@dataclass(frozen=True)
class Components:
    """Who hangs together.

    Attributes:
        labels: node and component, for every node but those whose component is named after them.
        partitions: Over how many tasks they are spread.
        rounds: Rounds of contraction that it took.
    """

    labels: "DataFrame"
    partitions: int
    rounds: int


def find_components(
    cluster: Cluster, links: "DataFrame", count: int, *, links_per_task: int = LINKS_PER_TASK
) -> Components:
    """Finds the connected components of links.

    Args:
        cluster: The cluster.
        links: a, b: node a is linked to the smaller node b; a = b for every node that a larger one
            is linked to.
        count: How many there are.
        links_per_task: Links that one task joins; with more there is another round.
    """
    from pyspark.sql import functions as f

    partitions = cluster.partitions(count, _ROWS_PER_TASK)
    cluster.shuffle_into(partitions)
    spread = links.select("a", "b").repartition(partitions, "a")
    settled = kept(run(spread, _settle, "kind tinyint, a bigint, b bigint"))
    hanging = settled.where(f"kind = {_SETTLED}").selectExpr("a as node", "b as on_node")
    live = settled.where(f"kind = {_LIVE}").select("a", "b")
    found, rounds = _contract(cluster, live, links_per_task)
    few = found.count()
    there = found.withColumnRenamed("node", "on_node")
    # Broadcast, it needs no shuffle of all that are settled.
    joined = hanging.join(
        f.broadcast(there) if few <= links_per_task // 4 else there.hint("shuffle_hash"),
        "on_node",
        "left",
    )
    labels = joined.selectExpr("node", "coalesce(component, on_node) as component").unionAll(
        found.where("node <> component")
    )
    return Components(kept(labels), partitions, rounds)


def _contract(cluster: Cluster, live: "DataFrame", links_per_task: int) -> tuple["DataFrame", int]:
    """node, component of all nodes that links name, and how many rounds it took."""
    pointers: list[DataFrame] = []
    count = live.count()
    while count > links_per_task:
        if len(pointers) == _MOST_ROUNDS:
            raise ClusterError(
                f"components were not found in {_MOST_ROUNDS} rounds; please report it"
            )
        if not pointers:
            live = live.unionAll(live.selectExpr("b as a", "a as b"))
        partitions = cluster.partitions(2 * count, _ROWS_PER_TASK)
        salt = 2 * len(pointers) + 1
        named = run(
            live.repartition(partitions, "a"), _name_first(salt), "a bigint, b bigint, own boolean"
        )
        step = kept(
            run(named.repartition(partitions, "a"), _follow, "kind tinyint, a bigint, b bigint")
        )
        pointers.append(step.where(f"kind = {_SETTLED}").selectExpr("a as node", "b as component"))
        live = step.where(f"kind = {_LIVE}").select("a", "b")
        # Both directions of a link come.
        count = live.count() // 2
    one = live.coalesce(1) if count else live.limit(0)
    found = kept(run(one, _join_all, "node bigint, component bigint"))
    for pointer in reversed(pointers):
        later = found.toDF("component", "later")
        found = pointer.join(later.hint("shuffle_hash"), "component", "left").selectExpr(
            "node", "coalesce(later, component) as component"
        )
    return (kept(found) if pointers else found), len(pointers)


def _settle(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """Settles nodes that no larger one is linked to; all links of a node are in its partition."""
    a, b = _all(batches)
    a, b = _sorted_pairs(a, b)
    if not len(a):
        return
    starts = np.flatnonzero(np.append(True, a[1:] != a[:-1]))
    sizes = np.diff(np.append(starts, len(a)))
    smallest = np.minimum.reduceat(b, starts)
    nodes = a[starts]
    # A node's own entry says that a larger one is linked to it.
    is_centre = np.maximum.reduceat(b, starts) == nodes
    hangs = smallest != nodes
    yield from _pairs(_SETTLED, nodes[hangs & ~is_centre], smallest[hangs & ~is_centre])
    yield from _pairs(_LIVE, nodes[hangs & is_centre], smallest[hangs & is_centre])
    first = np.repeat(smallest, sizes)
    others = (b != first) & (b != a)
    yield from _pairs(_LIVE, *_sorted_pairs(b[others], first[others]))


def _name_first(salt: int) -> "Worker":
    def name(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        """Has every node name the first of itself and its neighbours to all of them."""
        import pyarrow as pa

        a, b = _sorted_pairs(*_all(batches))
        if not len(a):
            return
        starts = np.flatnonzero(np.append(True, a[1:] != a[:-1]))
        sizes = np.diff(np.append(starts, len(a)))
        nodes = a[starts]
        drawn = np.minimum(np.minimum.reduceat(_mixed(b, salt), starts), _mixed(nodes, salt))
        first = _unmixed(drawn, salt)
        for to, what, own in (
            (nodes, first, True),
            (b, np.repeat(first, sizes), False),
        ):
            yield pa.RecordBatch.from_pydict(
                {
                    "a": pa.array(to.view(np.int64)),
                    "b": pa.array(what.view(np.int64)),
                    "own": pa.array(np.full(len(to), own)),
                }
            )

    return name


def _follow(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """Links what a node has named to what its neighbours have."""
    held = list(batches)
    if not held:
        return
    a, b = _all(iter(held))
    own = np.concatenate([batch.column(2).to_numpy(zero_copy_only=False) for batch in held])
    nodes, named = a[own], b[own]
    order = np.argsort(nodes)
    nodes, named = nodes[order], named[order]
    mine = named[np.searchsorted(nodes, a[~own])]
    theirs = b[~own]
    apart = mine != theirs
    yield from _pairs(_SETTLED, nodes, named)
    yield from _pairs(_LIVE, *_sorted_pairs(mine[apart], theirs[apart]))


def _join_all(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """The components of all links, by union-find."""
    import pyarrow as pa

    from customer_platform.identity.matching.forest import Forest

    a, b = _all(batches)
    nodes, numbers = np.unique(np.concatenate([a, b]), return_inverse=True)
    forest = Forest.of_single_records(len(nodes))
    ends: npt.NDArray[np.int32] = numbers.astype(np.int32)
    forest.join_pairs_without_proof(ends[: len(a)], ends[len(a) :])
    components = nodes[forest.first_records()]
    yield pa.RecordBatch.from_pydict(
        {"node": pa.array(nodes.view(np.int64)), "component": pa.array(components.view(np.int64))}
    )


def _all(batches: "Iterator[pa.RecordBatch]") -> tuple[Nodes, Nodes]:
    """The first two columns of a partition."""
    pairs = [
        (batch.column(0).to_numpy().view(np.uint64), batch.column(1).to_numpy().view(np.uint64))
        for batch in batches
    ]
    if not pairs:
        nothing = np.empty(0, dtype=np.uint64)
        return nothing, nothing
    return np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs])


def _sorted_pairs(a: Nodes, b: Nodes) -> tuple[Nodes, Nodes]:
    """Pairs in the order of a, without those that are next to an equal one."""
    from customer_platform.identity.matching.sorting import sorted_by_hash

    ordered, rows = sorted_by_hash(a)
    others = b[rows]
    if not len(ordered):
        return ordered, others
    first = np.append(True, (ordered[1:] != ordered[:-1]) | (others[1:] != others[:-1]))
    return ordered[first], others[first]


def _pairs(kind: int, a: Nodes, b: Nodes) -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    yield pa.RecordBatch.from_pydict(
        {
            "kind": pa.array(np.full(len(a), kind, dtype=np.int8)),
            "a": pa.array(a.view(np.int64)),
            "b": pa.array(b.view(np.int64)),
        }
    )


def _odd(salt: int) -> np.uint64:
    """An odd number, by which multiplying is one to one, and its bits spread."""
    return np.uint64((0x9E3779B97F4A7C15 * (2 * salt + 1)) % (1 << 64) | 1)


def _mixed(nodes: Nodes, salt: int) -> Nodes:
    """Where nodes are in an order drawn by the salt."""
    mixed = nodes * _odd(salt)
    return (mixed ^ (mixed >> np.uint64(32))) * _odd(salt + 1)


def _unmixed(mixed: Nodes, salt: int) -> Nodes:
    half = mixed * _inverse(_odd(salt + 1))
    half ^= half >> np.uint64(32)
    return half * _inverse(_odd(salt))


def _inverse(odd: np.uint64) -> np.uint64:
    return np.uint64(pow(int(odd), -1, 1 << 64))
