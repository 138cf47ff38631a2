"""The compiled loops that sort hashes, and find the records that share one."""

import numpy as np
import numpy.typing as npt
from numba import njit

from customer_platform.identity.matching.forest import NO_RECORD
from customer_platform.identity.matching.spellings import (
    MOST_SPELLINGS,
    Spellings,
    are_more_people,
    with_spelling,
)

Records = npt.NDArray[np.int32]
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


@njit(cache=True, nogil=True)
def share_people(spellings: Spellings, names: Records, rows: Records, most: int) -> bool:
    """Whether more than so many people have some records: by first names, or by last names.

    Args:
        spellings: How people's names are spelt.
        names: Per name of a person and row, the id of its spelling.
        rows: The records.
        most: The most people.
    """
    found = np.empty(MOST_SPELLINGS, dtype=np.int32)
    for name in range(len(names)):
        count = 0
        for row in rows:
            count = with_spelling(spellings, found, count, names[name, row])
        if are_more_people(spellings, found, count, most):
            return True
    return False


@njit(cache=True, nogil=True)
def first_records_of_values(
    hashes: Hashes,
    numbers: Records,
    cap: int,
    most_people: int,
    spellings: Spellings,
    names: Records,
) -> tuple[Records, int, int, int, Hashes, Records, Records]:
    """Finds the records that share a value.

    Args:
        hashes: Per row, the hash of the value; 0 for none.
        numbers: Per row, the record number.
        cap: The most records that a value may link; 0 for any number.
        most_people: The most people that a value may link; 0 for any number.
        spellings: How people's names are spelt.
        names: Per name of a person and row, the id of its spelling.

    Returns:
        Per record number the first record with the same value (`NO_RECORD` for itself, and where
        the value links nobody), the values that link records, the pairs of records with one of
        them, the records with one of them; and of every value that too many records or people
        share its hash, the first row with it, and its records.
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
        links = size > 1 and (cap == 0 or size <= cap)
        # Fewer records than that are fewer people, and most values have few.
        if links and most_people and size > most_people:
            links = not share_people(spellings, names, rows[start:end], most_people)
        if links:
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
