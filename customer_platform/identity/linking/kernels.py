"""The compiled loops over arrays of record numbers that know no constraint.

No function here recurses: a chain may be as long as there are records.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from customer_platform.identity.linking.forest import NO_RECORD

Records = npt.NDArray[np.int32]
Rules = npt.NDArray[np.int16]
Hashes = npt.NDArray[np.uint64]


@njit(cache=True, nogil=True)
def sorted_by_hash(hashes: Hashes, first_bits: int = 12) -> tuple[Hashes, Records]:
    """Sorts hashes other than 0; equal ones stay in the order of their rows.

    Hashes are uniform, so their leading bits spread them evenly: first over partitions that fit
    the processor's cache, then inside of each over as many buckets as it has hashes.

    Args:
        hashes: Per row, a hash.
        first_bits: The number of partitions, as a power of 2.

    Returns:
        The hashes from the smallest to the largest, and the row of each.
    """
    shift = np.uint64(64 - first_bits)
    ends = np.zeros((1 << first_bits) + 1, dtype=np.int64)
    for row in range(len(hashes)):
        if hashes[row] != 0:
            ends[np.int64(hashes[row] >> shift) + 1] += 1
    for partition in range(1 << first_bits):
        ends[partition + 1] += ends[partition]
    values = np.empty(ends[1 << first_bits], dtype=np.uint64)
    rows = np.empty(ends[1 << first_bits], dtype=np.int32)
    for row in range(len(hashes)):
        if hashes[row] != 0:
            # Each partition's start moves up to its end as it fills.
            place = ends[np.int64(hashes[row] >> shift)]
            values[place] = hashes[row]
            rows[place] = row
            ends[np.int64(hashes[row] >> shift)] += 1
    start = np.int64(0)
    for partition in range(1 << first_bits):
        _sort_partition(values[start : ends[partition]], rows[start : ends[partition]], shift)
        start = ends[partition]
    return values, rows


@njit(cache=True, nogil=True)
def _sort_partition(values: Hashes, rows: Records, shift: np.uint64) -> None:
    """Sorts hashes that are equal in the bits above `shift`, in place."""
    count = len(values)
    bits = 1
    while bits < 20 and (1 << bits) < count:
        bits += 1
    next_shift = shift - np.uint64(bits)
    mask = np.uint64((1 << bits) - 1)
    ends = np.zeros((1 << bits) + 1, dtype=np.int64)
    for entry in range(count):
        ends[np.int64((values[entry] >> next_shift) & mask) + 1] += 1
    for bucket in range(1 << bits):
        ends[bucket + 1] += ends[bucket]
    spread_values = np.empty_like(values)
    spread_rows = np.empty_like(rows)
    for entry in range(count):
        filling = np.int64((values[entry] >> next_shift) & mask)
        spread_values[ends[filling]] = values[entry]
        spread_rows[ends[filling]] = rows[entry]
        ends[filling] += 1
    start = np.int64(0)
    for bucket in range(1 << bits):
        for place in range(start, ends[bucket]):
            value, row = spread_values[place], spread_rows[place]
            before = place - 1
            while before >= start and values[before] > value:
                values[before + 1] = values[before]
                rows[before + 1] = rows[before]
                before -= 1
            values[before + 1] = value
            rows[before + 1] = row
        start = ends[bucket]


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


@njit(cache=True, nogil=True)
def first_records_of_values(
    hashes: Hashes, numbers: Records, cap: int
) -> tuple[Records, int, int, int, Hashes, Records, Records]:
    """Finds the records that share a value.

    Args:
        hashes: Per row, the hash of the value; 0 for none.
        numbers: Per row, the record number.
        cap: The most records that a value may link; 0 for any number.

    Returns:
        Per record number the first record with the same value (`NO_RECORD` for itself, and where
        the value links nobody), the values that link records, the pairs of records with one of
        them, the records with one of them; and of every value above the cap its hash, the first
        row with it, and its records.
    """
    values, rows = sorted_by_hash(hashes)
    firsts = np.full(len(hashes), NO_RECORD, dtype=np.int32)
    linking, pairs, matched, over_shared = 0, 0, 0, 0
    over_values = np.empty(16, dtype=np.uint64)
    over_rows = np.empty(16, dtype=np.int32)
    over_counts = np.empty(16, dtype=np.int32)
    start = 0
    while start < len(values):
        end = start + 1
        while end < len(values) and values[end] == values[start]:
            end += 1
        size = end - start
        if size > 1 and (cap == 0 or size <= cap):
            first = numbers[rows[start]]
            for entry in range(start + 1, end):
                first = min(first, numbers[rows[entry]])
            for entry in range(start, end):
                number = numbers[rows[entry]]
                if number != first:
                    firsts[number] = first
            linking += 1
            pairs += size * (size - 1) // 2
            matched += size
        elif size > 1:
            if over_shared == len(over_values):
                over_values = np.append(over_values, np.empty_like(over_values))
                over_rows = np.append(over_rows, np.empty_like(over_rows))
                over_counts = np.append(over_counts, np.empty_like(over_counts))
            over_values[over_shared] = values[start]
            over_rows[over_shared] = rows[start]
            over_counts[over_shared] = size
            over_shared += 1
        start = end
    return (
        firsts,
        linking,
        pairs,
        matched,
        over_values[:over_shared],
        over_rows[:over_shared],
        over_counts[:over_shared],
    )


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
def make_roots(linked_to: Records, linked_by: Rules, roots: Records) -> None:
    """Re-roots the proof tree of each of these records at the record itself."""
    for entry in range(len(roots)):
        reverse_path(linked_to, linked_by, roots[entry])
