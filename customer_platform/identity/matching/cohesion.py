"""Keeps chains of similar links from joining what has little in common.

A is similar to B, B to C, and C to D: so a chain may lead from a customer to a stranger. Two
clusters are joined by a similar link only when they are *cohesive*: the probabilities between all
groups of the one and all of the other average at least what the rule asks for. A group is what
other rules have joined before; a pair of groups that isn't similar counts as 0. This is clustering
by average linkage (R. Sokal and C. Michener, "A statistical method for evaluating systematic
relationships", 1958) with the surest links first.
"""

from typing import TYPE_CHECKING

import numpy as np

from customer_platform.identity.matching.forest import NO_RECORD, Forest
from customer_platform.identity.similar.pairs import NumberedPairs

if TYPE_CHECKING:
    from customer_platform.identity.matching.cohesion_kernels import GroupArrays


def group_arrays(forest: Forest, pairs: NumberedPairs) -> "GroupArrays":
    """The clusters of a forest as groups, and the similar pairs between them."""
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
