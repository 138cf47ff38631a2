"""The compiled loop that links similar pairs, as long as what they join is cohesive."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from customer_platform.identity.matching.constraint_kernels import (
    REFUSED_COLUMNS,
    ConstraintArrays,
    append_refused,
    conflict,
    join_within,
)
from customer_platform.identity.matching.forest import NO_RECORD
from customer_platform.identity.matching.kernels import find

Records = npt.NDArray[np.int32]
Rules = npt.NDArray[np.int16]

# So many pairs of clusters are remembered to lack cohesion; a prime spreads them well.
_REMEMBERED = 65_537


class GroupArrays(NamedTuple):
    """The groups that clusters were before a similar rule, and what is similar between them.

    A group is named by its first record. Its similar groups are at the positions from its start
    to the start of the next. The groups of a cluster are a chain, updated as clusters are joined.

    Attributes:
        starts: Per record, and one more; empty ranges for records that name no group.
        neighbours: Per position, a group that is similar.
        probabilities: Per position, the highest probability between the two groups.
        heads: Per representative, the first group of the cluster.
        tails: Per representative, the last group.
        nexts: Per group, the next of the chain.
        counts: Per representative, groups in the cluster.
        degrees: Per representative, positions of all of them.
    """

    starts: npt.NDArray[np.int64]
    neighbours: Records
    probabilities: npt.NDArray[np.float64]
    heads: Records
    tails: Records
    nexts: Records
    counts: Records
    degrees: npt.NDArray[np.int64]


@njit(cache=True)
def _cohesion(g: GroupArrays, representative: Records, cluster: np.int32, other: np.int32) -> float:
    """The mean probability between the groups of two clusters."""
    walked, met = (cluster, other) if g.degrees[cluster] <= g.degrees[other] else (other, cluster)
    total = 0.0
    group = g.heads[walked]
    while group != NO_RECORD:
        for position in range(g.starts[group], g.starts[group + 1]):
            if find(representative, g.neighbours[position]) == met:
                total += g.probabilities[position]
        group = g.nexts[group]
    return total / (np.int64(g.counts[cluster]) * np.int64(g.counts[other]))


@njit(cache=True)
def _join_groups(g: GroupArrays, kept: np.int32, gone: np.int32) -> None:
    g.nexts[g.tails[kept]] = g.heads[gone]
    g.tails[kept] = g.tails[gone]
    g.counts[kept] += g.counts[gone]
    g.degrees[kept] += g.degrees[gone]


@njit(cache=True)
def link_cohesive_pairs(
    representative: Records,
    size: Records,
    linked_to: Records,
    linked_by: Rules,
    c: ConstraintArrays,
    g: GroupArrays,
    records: Records,
    others: Records,
    cohesion: float,
    reason_cohesion: int,
    rule: int,
) -> tuple[int, Records]:
    """Links pairs of records in the order given, unless a constraint breaks or cohesion is missing.

    Returns:
        How many links joined two clusters, and the refused links in the order they were tried
        (see `REFUSED_COLUMNS`); the reason of those without cohesion is `reason_cohesion`.
    """
    links = 0
    refused = np.empty((0, REFUSED_COLUMNS), dtype=np.int32)
    refusals = 0
    # Two clusters with many pairs between them would else be summed up again for every pair.
    known_clusters = np.full(_REMEMBERED, -1, dtype=np.int64)
    known_counts = np.zeros(_REMEMBERED, dtype=np.int64)
    for entry in range(len(records)):
        record, other_record = records[entry], others[entry]
        cluster = find(representative, record)
        other = find(representative, other_record)
        if cluster == other:
            continue
        reason, mine, theirs = conflict(c, representative, cluster, other)
        if reason < 0:
            both = np.int64(min(cluster, other)) * len(representative) + max(cluster, other)
            # Clusters only grow: with as many groups they are as they were.
            count = np.int64(g.counts[cluster]) + np.int64(g.counts[other])
            place = both % _REMEMBERED
            is_known = known_clusters[place] == both and known_counts[place] == count
            if is_known or _cohesion(g, representative, cluster, other) < cohesion:
                known_clusters[place], known_counts[place] = both, count
                reason, mine, theirs = reason_cohesion, record, other_record
        if reason < 0:
            pair = (cluster, other, record, other_record)
            join_within(representative, size, linked_to, linked_by, c, pair, rule)
            kept = find(representative, record)
            _join_groups(g, kept, other if kept == cluster else cluster)
            links += 1
        else:
            refused = append_refused(refused, refusals, record, other_record, reason, mine, theirs)
            refusals += 1
    return links, refused[:refusals]
