"""Limits and `different` overrides, as arrays that the linking loops keep, and what they refused.

A cluster may never hold more than n distinct values of a limited match key, nor both records of a
`different` override. A link that would make such a cluster is refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.matching.forest import NO_RECORD, Forest
from customer_platform.identity.matching.records import NumberedPairs

if TYPE_CHECKING:
    from customer_platform.identity.matching.cohesion_kernels import GroupArrays
    from customer_platform.identity.matching.constraint_kernels import ConstraintArrays
    from customer_platform.identity.matching.spellings import Spellings


Records = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class RefusedLinks:
    """Links that a constraint refused. All arrays have one entry per link, in the order tried.

    Attributes:
        rules: Position of the rule that asked for the link.
        records: The record to be linked.
        others: The record it was to be linked to.
        reasons: Position of the limit, or the number of limits plus the position of the pair; the
            number of limits and pairs for want of cohesion.
        sides: The record in the first record's cluster that holds what is at odds.
        other_sides: The same in the other's cluster.
    """

    rules: npt.NDArray[np.int16]
    records: Records
    others: Records
    reasons: Records
    sides: Records
    other_sides: Records

    def __len__(self) -> int:
        return len(self.records)


@dataclass(frozen=True)
class Limit:
    """The most of something that a customer may have.

    Attributes:
        most: How many distinct values a cluster may have.
        values: Per record number, what its value is, 0 for none: a hash, or with `is_name` one
            more than the id of a spelling.
        is_name: Whether values are names of people, of which spellings that are alike count once.
    """

    most: int
    values: Hashes
    is_name: bool = False


class Constraints:
    """Keeps apart what limits and `different` overrides say, while a forest is linked."""

    def __init__(
        self,
        limits: Sequence[Limit],
        spellings: "Spellings",
        pairs: Sequence[tuple[int, int]],
        count: int,
    ) -> None:
        """Starts with every record on its own.

        Args:
            limits: What a cluster may have at most.
            spellings: How people's names are spelt.
            pairs: Pairs of record numbers that must stay apart.
            count: How many records there are.
        """
        self.exist = bool(limits or pairs)
        self.reason_cohesion = len(limits) + len(pairs)
        self._spellings = spellings
        self._arrays = _arrays(limits, spellings, pairs, count) if self.exist else None
        self._refused: list[tuple[int, npt.NDArray[np.int32]]] = []

    def link_to_firsts(self, forest: Forest, firsts: Records, rule: int) -> int:
        """Links every record to the earlier ones with the same value, as far as allowed.

        Returns:
            How many links joined two clusters.
        """
        from customer_platform.identity.matching import constraint_kernels

        if self._arrays is None:
            return forest.link_to_firsts(firsts, rule)
        links, refused = constraint_kernels.link_to_firsts_within(
            forest.representative,
            forest.size,
            forest.linked_to,
            forest.linked_by,
            self._arrays,
            firsts,
            rule,
        )
        self._refused.append((rule, refused))
        return links

    def link_pairs(self, forest: Forest, records: Records, others: Records, rule: int) -> int:
        """Links pairs of records that stewards have called the same, as far as allowed.

        Limits on names don't hold here: whether two names are one person's is what a steward knows
        better.

        Returns:
            How many links joined two clusters.
        """
        from customer_platform.identity.matching import constraint_kernels

        arrays = self._arrays if self._arrays is not None else _arrays([], self._spellings, [], 0)
        unlimited = np.where(arrays.are_names, np.iinfo(np.int32).max, arrays.maxima)
        links, refused = constraint_kernels.link_pairs_within(
            forest.representative,
            forest.size,
            forest.linked_to,
            forest.linked_by,
            arrays._replace(maxima=unlimited.astype(np.int32)),
            records,
            others,
            rule,
        )
        self._refused.append((rule, refused))
        return links

    def link_similar(self, forest: Forest, pairs: NumberedPairs, rule: int) -> int:
        """Links the pairs that are similar enough, as far as allowed and cohesive.

        Returns:
            How many links joined two clusters.
        """
        from customer_platform.identity.matching import cohesion_kernels

        links, refused = cohesion_kernels.link_cohesive_pairs(
            forest.representative,
            forest.size,
            forest.linked_to,
            forest.linked_by,
            self._arrays if self._arrays is not None else _arrays([], self._spellings, [], 0),
            group_arrays(forest, pairs),
            pairs.records[pairs.links],
            pairs.others[pairs.links],
            pairs.cohesion,
            self.reason_cohesion,
            rule,
        )
        # Groups that have grown may have been cohesive later on.
        clusters = forest.first_records()
        parted = clusters[refused[:, 0]] != clusters[refused[:, 1]]
        self._refused.append((rule, refused[parted]))
        return links

    def refused(self) -> RefusedLinks:
        """All links refused so far."""
        rows = [rows for _, rows in self._refused]
        together = np.concatenate(rows) if rows else np.empty((0, 5), dtype=np.int32)
        rules = [np.full(len(rows), rule, dtype=np.int16) for rule, rows in self._refused]
        return RefusedLinks(
            np.concatenate(rules) if rules else np.empty(0, dtype=np.int16),
            *(np.ascontiguousarray(together[:, column]) for column in range(5)),
        )


def _arrays(
    limits: Sequence[Limit],
    spellings: "Spellings",
    pairs: Sequence[tuple[int, int]],
    count: int,
) -> "ConstraintArrays":
    from customer_platform.identity.matching.constraint_kernels import ConstraintArrays

    held = np.zeros((len(limits), count), dtype=np.uint64)
    for number, limit in enumerate(limits):
        held[number] = limit.values
    has_value = held != 0
    heads = np.where(has_value, np.arange(count, dtype=np.int32), np.int32(NO_RECORD))
    side_records = np.array(pairs, dtype=np.int32).reshape(-1)
    side_counts = np.zeros(count if pairs else 0, dtype=np.int32)
    side_heads = np.full(len(side_counts), -1, dtype=np.int32)
    side_tails = side_heads.copy()
    side_nexts = np.full(len(side_records), -1, dtype=np.int32)
    for side, record in enumerate(side_records.tolist()):
        if side_counts[record]:
            side_nexts[side_tails[record]] = side
        else:
            side_heads[record] = side
        side_tails[record] = side
        side_counts[record] += 1
    return ConstraintArrays(
        maxima=np.array([limit.most for limit in limits], dtype=np.int32),
        are_names=np.array([limit.is_name for limit in limits], dtype=np.bool_),
        spellings=spellings,
        values=held,
        value_counts=has_value.astype(np.int32),
        value_heads=heads.astype(np.int32),
        value_nexts=np.full(held.shape, NO_RECORD, dtype=np.int32),
        side_records=side_records,
        side_counts=side_counts,
        side_heads=side_heads,
        side_tails=side_tails,
        side_nexts=side_nexts,
    )


def group_arrays(forest: Forest, pairs: NumberedPairs) -> "GroupArrays":
    """The clusters of a forest as groups, and the similar pairs between them.

    They keep chains of similar links from joining what has little in common. A is similar to B, B
    to C, and C to D: so a chain may lead from a customer to a stranger. Two clusters are joined by
    a similar link only when they are *cohesive*: the probabilities between all groups of the one
    and all of the other average at least what the rule asks for. A group is what other rules have
    joined before; a pair of groups that isn't similar counts as 0. This is clustering by average
    linkage (R. Sokal and C. Michener, "A statistical method for evaluating systematic
    relationships", 1958) with the surest links first.
    """
    from customer_platform.identity.matching.cohesion_kernels import GroupArrays

    group_of = forest.first_records()
    count = len(group_of)
    one, other = group_of[pairs.records], group_of[pairs.others]
    apart = one != other
    low = np.minimum(one, other)[apart].astype(np.int64)
    high = np.maximum(one, other)[apart].astype(np.int64)
    # Pairs come with the highest probability first.
    keys, first = np.unique(low * count + high, return_index=True)
    low, high = keys // max(count, 1), keys % max(count, 1)
    probabilities = pairs.probabilities[apart][first]
    groups = np.concatenate([low, high])
    in_order = np.argsort(groups, kind="stable")
    starts = np.zeros(count + 1, dtype=np.int64)
    starts[1:] = np.cumsum(np.bincount(groups, minlength=count))
    heads = np.full(count, NO_RECORD, dtype=np.int32)
    names = np.unique(group_of)
    representatives = forest.representatives()[names]
    heads[representatives] = names
    degrees = np.zeros(count, dtype=np.int64)
    degrees[representatives] = np.diff(starts)[names]
    return GroupArrays(
        starts=starts,
        neighbours=np.concatenate([high, low])[in_order].astype(np.int32),
        probabilities=np.concatenate([probabilities, probabilities])[in_order],
        heads=heads,
        tails=heads.copy(),
        nexts=np.full(count, NO_RECORD, dtype=np.int32),
        counts=(heads != NO_RECORD).astype(np.int32),
        degrees=degrees,
    )
