"""The compiled loops of the forest, on arrays of record numbers.

No function here recurses: a chain may be as long as there are records.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from customer_platform.identity.forest import NO_RECORD

Records = npt.NDArray[np.int32]
Rules = npt.NDArray[np.int16]


@njit(cache=True)
def _find(representative: Records, record: np.int32) -> np.int32:
    while representative[record] != record:
        representative[record] = representative[representative[record]]
        record = representative[record]
    return record


@njit(cache=True)
def _reverse_path(linked_to: Records, linked_by: Rules, record: np.int32) -> None:
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
def link_stars(
    representative: Records,
    size: Records,
    linked_to: Records,
    linked_by: Rules,
    records: Records,
    firsts: Records,
    rule: int,
) -> int:
    """Compiled body of `Forest.link_stars`."""
    # In order of record number: which of two links closes a circle depends on their order.
    first_of = np.full(len(representative), NO_RECORD, dtype=np.int32)
    for entry in range(len(records)):
        first_of[records[entry]] = firsts[entry]
    links = 0
    for number in range(len(first_of)):
        if first_of[number] == NO_RECORD:
            continue
        record = np.int32(number)
        first = first_of[number]
        cluster = _find(representative, record)
        other = _find(representative, first)
        if cluster == other:
            continue
        if size[cluster] > size[other]:
            cluster, other = other, cluster
            record, first = first, record
        _reverse_path(linked_to, linked_by, record)
        linked_to[record] = first
        linked_by[record] = rule
        representative[cluster] = other
        size[other] += size[cluster]
        links += 1
    return links


@njit(cache=True)
def first_records(representative: Records) -> Records:
    """Compiled body of `Forest.first_records`."""
    count = len(representative)
    first_of = np.full(count, NO_RECORD, dtype=np.int32)
    firsts = np.empty(count, dtype=np.int32)
    for record in range(count):
        cluster = _find(representative, np.int32(record))
        if first_of[cluster] == NO_RECORD:
            first_of[cluster] = record
        firsts[record] = first_of[cluster]
    return firsts


@njit(cache=True)
def make_roots(linked_to: Records, linked_by: Rules, roots: Records) -> None:
    """Compiled body of `Forest.make_roots`."""
    for entry in range(len(roots)):
        _reverse_path(linked_to, linked_by, roots[entry])
