"""The compiled loops that make links within limits and `different` overrides."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from customer_platform.identity.matching.forest import NO_RECORD
from customer_platform.identity.matching.kernels import find, join
from customer_platform.identity.matching.spellings import (
    MOST_SPELLINGS,
    Spellings,
    are_alike,
    are_more_people,
    with_spelling,
)

Records = npt.NDArray[np.int32]
Rules = npt.NDArray[np.int16]

# Columns of a refused link: record, the other record, what refused it (a limit's position, or the
# number of limits plus the position of a pair), and the two records that hold what is at odds.
REFUSED_COLUMNS = 5


class ConstraintArrays(NamedTuple):
    """What clusters must keep apart; updated as clusters are joined.

    A limit's values are kept per cluster as a chain of records with distinct values. The sides of
    a pair of records that must stay apart are kept per cluster as a chain as well; the two sides
    of pair p are numbered 2 * p and 2 * p + 1.

    Attributes:
        maxima: Per limit, how many distinct values a cluster may have.
        are_names: Per limit, whether its values are names of people: one more than the id of a
            spelling, of which those that are alike count once.
        spellings: How these names are spelt.
        values: Per limit and record, the hash of its value; 0 for none.
        value_counts: Per limit and representative, distinct values of the cluster.
        value_heads: Per limit and representative, the first record of the chain.
        value_nexts: Per limit and record, the next record of the chain.
        side_records: Per side, its record.
        side_counts: Per representative, sides in the cluster.
        side_heads: Per representative, the first side of the chain.
        side_tails: Per representative, the last side of the chain.
        side_nexts: Per side, the next of the chain.
    """

    maxima: npt.NDArray[np.int32]
    are_names: npt.NDArray[np.bool_]
    spellings: Spellings
    values: npt.NDArray[np.uint64]
    value_counts: npt.NDArray[np.int32]
    value_heads: npt.NDArray[np.int32]
    value_nexts: npt.NDArray[np.int32]
    side_records: Records
    side_counts: Records
    side_heads: Records
    side_tails: Records
    side_nexts: Records


@njit(cache=True)
def _has_value(c: ConstraintArrays, limit: int, cluster: np.int32, value: np.uint64) -> bool:
    record = c.value_heads[limit, cluster]
    while record != NO_RECORD:
        if c.values[limit, record] == value:
            return True
        record = c.value_nexts[limit, record]
    return False


@njit(cache=True)
def _first_without(c: ConstraintArrays, limit: int, cluster: np.int32, other: np.int32) -> np.int32:
    """The first record of a cluster's chain whose value the other cluster lacks."""
    record = c.value_heads[limit, cluster]
    while record != NO_RECORD and _has_value(c, limit, other, c.values[limit, record]):
        record = c.value_nexts[limit, record]
    return record


@njit(cache=True)
def _spellings_of(
    c: ConstraintArrays, limit: int, cluster: np.int32, found: Records, count: int
) -> int:
    """Adds the distinct spellings of a cluster's names to those found; how many there are then."""
    record = c.value_heads[limit, cluster]
    while record != NO_RECORD:
        count = with_spelling(c.spellings, found, count, int(c.values[limit, record]) - 1)
        record = c.value_nexts[limit, record]
    return count


@njit(cache=True)
def _names_at_odds(
    c: ConstraintArrays, limit: int, cluster: np.int32, other: np.int32
) -> tuple[np.int32, np.int32]:
    """Of two clusters that would have too many names, a record of each; none when they wouldn't."""
    nobody = (np.int32(NO_RECORD), np.int32(NO_RECORD))
    mine, theirs = nobody
    record = c.value_heads[limit, cluster]
    while record != NO_RECORD and mine == NO_RECORD:
        opposite = c.value_heads[limit, other]
        while opposite != NO_RECORD:
            one, two = int(c.values[limit, record]) - 1, int(c.values[limit, opposite]) - 1
            if not are_alike(c.spellings, one, two):
                mine, theirs = record, opposite
                break
            opposite = c.value_nexts[limit, opposite]
        record = c.value_nexts[limit, record]
    if mine == NO_RECORD:
        return nobody
    found = np.empty(MOST_SPELLINGS, dtype=np.int32)
    # A steward may have called unlike names one person's: what counts is who comes along.
    most = c.maxima[limit]
    for side in (cluster, other):
        count = _spellings_of(c, limit, side, found, 0)
        while are_more_people(c.spellings, found, count, most):
            most += 1
    if most == 1:
        return mine, theirs
    count = _spellings_of(c, limit, cluster, found, 0)
    count = _spellings_of(c, limit, other, found, count)
    if are_more_people(c.spellings, found, count, most):
        return mine, theirs
    return nobody


@njit(cache=True)
def conflict(
    c: ConstraintArrays, representative: Records, cluster: np.int32, other: np.int32
) -> tuple[int, np.int32, np.int32]:
    """What keeps two clusters apart, with the record of each side; -1 when nothing does."""
    limits = len(c.maxima)
    for limit in range(limits):
        if c.value_counts[limit, cluster] == 0 or c.value_counts[limit, other] == 0:
            continue
        if c.are_names[limit]:
            mine, theirs = _names_at_odds(c, limit, cluster, other)
            if mine != NO_RECORD:
                return limit, mine, theirs
            continue
        together = c.value_counts[limit, other]
        record = c.value_heads[limit, cluster]
        while record != NO_RECORD:
            if not _has_value(c, limit, other, c.values[limit, record]):
                together += 1
            record = c.value_nexts[limit, record]
        if together > c.maxima[limit]:
            mine = _first_without(c, limit, cluster, other)
            theirs = _first_without(c, limit, other, cluster)
            return limit, mine, theirs
    if len(c.side_records) and c.side_counts[cluster] and c.side_counts[other]:
        mirrored = c.side_counts[cluster] > c.side_counts[other]
        walked, met = (other, cluster) if mirrored else (cluster, other)
        side = c.side_heads[walked]
        while side != -1:
            opposite = c.side_records[side ^ 1]
            if find(representative, opposite) == met:
                here = c.side_records[side]
                if mirrored:
                    return limits + side // 2, opposite, here
                return limits + side // 2, here, opposite
            side = c.side_nexts[side]
    return -1, np.int32(NO_RECORD), np.int32(NO_RECORD)


@njit(cache=True)
def _join_constraints(c: ConstraintArrays, kept: np.int32, gone: np.int32) -> None:
    """Moves what one cluster's chains hold into those of the cluster it has become part of."""
    for limit in range(len(c.maxima)):
        record = c.value_heads[limit, gone]
        while record != NO_RECORD:
            following = c.value_nexts[limit, record]
            if not _has_value(c, limit, kept, c.values[limit, record]):
                c.value_nexts[limit, record] = c.value_heads[limit, kept]
                c.value_heads[limit, kept] = record
                c.value_counts[limit, kept] += 1
            record = following
    if len(c.side_records) and c.side_counts[gone]:
        if c.side_counts[kept]:
            c.side_nexts[c.side_tails[kept]] = c.side_heads[gone]
        else:
            c.side_heads[kept] = c.side_heads[gone]
        c.side_tails[kept] = c.side_tails[gone]
        c.side_counts[kept] += c.side_counts[gone]


@njit(cache=True)
def join_within(
    representative: Records,
    size: Records,
    linked_to: Records,
    linked_by: Rules,
    c: ConstraintArrays,
    pair: tuple[np.int32, np.int32, np.int32, np.int32],
    rule: int,
) -> None:
    """Joins two clusters by a link between two records, and what the clusters must keep apart."""
    cluster, other, record, other_record = pair
    kept = join(
        representative, size, linked_to, linked_by, cluster, other, record, other_record, rule
    )
    _join_constraints(c, kept, other if kept == cluster else cluster)


@njit(cache=True)
def append_refused(
    refused: Records,
    count: int,
    record: np.int32,
    other_record: np.int32,
    reason: int,
    mine: np.int32,
    theirs: np.int32,
) -> Records:
    """The refused links with one more behind the first `count`; see `REFUSED_COLUMNS`."""
    if count == len(refused):
        longer = np.empty((2 * count + 64, REFUSED_COLUMNS), dtype=np.int32)
        longer[:count] = refused[:count]
        refused = longer
    refused[count, 0] = record
    refused[count, 1] = other_record
    refused[count, 2] = reason
    refused[count, 3] = mine
    refused[count, 4] = theirs
    return refused


@njit(cache=True)
def link_to_firsts_within(
    representative: Records,
    size: Records,
    linked_to: Records,
    linked_by: Rules,
    c: ConstraintArrays,
    firsts: Records,
    rule: int,
) -> tuple[int, Records]:
    """Links every record to the earlier records with the same value, unless a constraint breaks.

    All pairs of a value count as links, in the order of the later record, then of the earlier.
    Once a record is linked to one cluster of the value, its links to the others are refused as
    the two clusters were before; so it is enough to try each cluster of the value until one takes
    the record. A value's clusters are chained by their earliest record with that value.

    Returns:
        How many links joined two clusters, and the refused links in the order they were tried,
        at most one per record and cluster (see `REFUSED_COLUMNS`).
    """
    links = 0
    refused = np.empty((0, REFUSED_COLUMNS), dtype=np.int32)
    refusals = 0
    following = np.full(len(firsts), NO_RECORD, dtype=np.int32)
    last = np.full(len(firsts), NO_RECORD, dtype=np.int32)
    for number in range(len(firsts)):
        first = firsts[number]
        if first == NO_RECORD:
            continue
        record = np.int32(number)
        cluster = find(representative, record)
        other_record = first
        while other_record != NO_RECORD:
            other = find(representative, other_record)
            if cluster == other:
                break
            reason, mine, theirs = conflict(c, representative, cluster, other)
            if reason < 0:
                pair = (cluster, other, record, other_record)
                join_within(representative, size, linked_to, linked_by, c, pair, rule)
                links += 1
                break
            refused = append_refused(refused, refusals, record, other_record, reason, mine, theirs)
            refusals += 1
            other_record = following[other_record]
        if other_record == NO_RECORD:
            if last[first] == NO_RECORD:
                following[first] = record
            else:
                following[last[first]] = record
            last[first] = record
    return links, refused[:refusals]


@njit(cache=True)
def link_pairs_within(
    representative: Records,
    size: Records,
    linked_to: Records,
    linked_by: Rules,
    c: ConstraintArrays,
    records: Records,
    others: Records,
    rule: int,
) -> tuple[int, Records]:
    """Links pairs of records in the order given, unless a constraint breaks.

    Returns:
        As `link_to_firsts_within`.
    """
    links = 0
    refused = np.empty((0, REFUSED_COLUMNS), dtype=np.int32)
    refusals = 0
    for entry in range(len(records)):
        record, other_record = records[entry], others[entry]
        cluster = find(representative, record)
        other = find(representative, other_record)
        if cluster == other:
            continue
        reason, mine, theirs = conflict(c, representative, cluster, other)
        if reason < 0:
            pair = (cluster, other, record, other_record)
            join_within(representative, size, linked_to, linked_by, c, pair, rule)
            links += 1
        else:
            refused = append_refused(refused, refusals, record, other_record, reason, mine, theirs)
            refusals += 1
    return links, refused[:refusals]
