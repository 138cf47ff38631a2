"""The compiled loops over arrays of record numbers that know no constraint.

No function here recurses: a chain may be as long as there are records.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from customer_platform.identity.matching.forest import NO_RECORD

Records = npt.NDArray[np.int32]
Rules = npt.NDArray[np.int16]


@njit(cache=True)
def find(representative: Records, record: np.int32) -> np.int32:
    """The representative of a record's cluster."""
    while representative[record] != record:
        representative[record] = representative[representative[record]]
        record = representative[record]
    return record


@njit(cache=True)
def reverse_path(linked_to: Records, linked_by: Rules, record: np.int32) -> None:
    """Turns the links from a record to its root around, so that the record is the root."""
    previous = np.int32(NO_RECORD)
    previous_rule = np.int16(-1)
    while record != NO_RECORD:
        following = linked_to[record]
        following_rule = linked_by[record]
        linked_to[record] = previous
        linked_by[record] = previous_rule
        previous = record
        previous_rule = following_rule
        record = following


@njit(cache=True)
def link_to_firsts(
    representative: Records,
    size: Records,
    linked_to: Records,
    linked_by: Rules,
    firsts: Records,
    rule: int,
) -> int:
    """Compiled body of `Forest.link_to_firsts`."""
    links = 0
    for number in range(len(firsts)):
        if firsts[number] == NO_RECORD:
            continue
        record = np.int32(number)
        first = firsts[number]
        cluster = find(representative, record)
        other = find(representative, first)
        if cluster == other:
            continue
        join(representative, size, linked_to, linked_by, cluster, other, record, first, rule)
        links += 1
    return links


@njit(cache=True)
def join(
    representative: Records,
    size: Records,
    linked_to: Records,
    linked_by: Rules,
    cluster: np.int32,
    other: np.int32,
    record: np.int32,
    other_record: np.int32,
    rule: int,
) -> np.int32:
    """Makes two clusters one by a link between their records; returns the representative."""
    if size[cluster] > size[other]:
        cluster, other = other, cluster
        record, other_record = other_record, record
    reverse_path(linked_to, linked_by, record)
    linked_to[record] = other_record
    linked_by[record] = rule
    representative[cluster] = other
    size[other] += size[cluster]
    return other


@njit(cache=True)
def join_without_proof(representative: Records, size: Records, firsts: Records) -> None:
    """Makes every record and the first with the same value one, and keeps no links."""
    for number in range(len(firsts)):
        if firsts[number] == NO_RECORD:
            continue
        cluster = find(representative, np.int32(number))
        other = find(representative, firsts[number])
        if cluster == other:
            continue
        if size[cluster] > size[other]:
            cluster, other = other, cluster
        representative[cluster] = other
        size[other] += size[cluster]


@njit(cache=True)
def join_pairs_without_proof(
    representative: Records, size: Records, records: Records, others: Records
) -> None:
    """Makes the two records of every pair one, and keeps no links."""
    for entry in range(len(records)):
        cluster = find(representative, records[entry])
        other = find(representative, others[entry])
        if cluster == other:
            continue
        if size[cluster] > size[other]:
            cluster, other = other, cluster
        representative[cluster] = other
        size[other] += size[cluster]


@njit(cache=True)
def first_records(representative: Records) -> Records:
    """Per record, the first record of its cluster."""
    count = len(representative)
    first_of = np.full(count, NO_RECORD, dtype=np.int32)
    firsts = np.empty(count, dtype=np.int32)
    for record in range(count):
        cluster = find(representative, np.int32(record))
        if first_of[cluster] == NO_RECORD:
            first_of[cluster] = record
        firsts[record] = first_of[cluster]
    return firsts


@njit(cache=True)
def representatives(representative: Records) -> Records:
    """Per record, the representative of its cluster."""
    found = np.empty(len(representative), dtype=np.int32)
    for record in range(len(representative)):
        found[record] = find(representative, np.int32(record))
    return found


@njit(cache=True)
def make_roots(linked_to: Records, linked_by: Rules, roots: Records) -> None:
    """Re-roots the proof tree of each of these records at the record itself."""
    for entry in range(len(roots)):
        reverse_path(linked_to, linked_by, roots[entry])
