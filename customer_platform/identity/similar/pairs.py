"""Pairs of similar records, as arrays."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.matching.records import NumberedPairs

if TYPE_CHECKING:
    from customer_platform.identity.matching.records import RecordOrder


# Weights are compared to order links: what the last bits of a sum say is left out.
_DECIMALS = 6


@dataclass(frozen=True)
class SimilarPairs:
    """Pairs of records, each once. All arrays have one entry per pair.

    Attributes:
        records: Hash that orders the one record; the smaller of the two.
        others: The other's.
        weights: Match weight: log2 of the odds that the two are the same.
        probabilities: How likely they are the same.
    """

    records: npt.NDArray[np.uint64]
    others: npt.NDArray[np.uint64]
    weights: npt.NDArray[np.float64]
    probabilities: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.records)

    @classmethod
    def of(
        cls,
        left: npt.NDArray[np.uint64],
        right: npt.NDArray[np.uint64],
        weights: npt.NDArray[np.float64],
    ) -> "SimilarPairs":
        """The pairs of records with these weights, whichever is left."""
        weights = np.round(weights, _DECIMALS)
        return cls(
            records=np.minimum(left, right),
            others=np.maximum(left, right),
            weights=weights,
            probabilities=1 / (1 + np.exp2(-weights)),
        )

    @classmethod
    def none(cls) -> "SimilarPairs":
        """No pairs."""
        hashes = np.empty(0, dtype=np.uint64)
        return cls.of(hashes, hashes, np.empty(0))

    def joined(self, more: "SimilarPairs") -> "SimilarPairs":
        """These pairs and more."""
        return SimilarPairs(
            *(
                np.concatenate([getattr(self, name), getattr(more, name)])
                for name in ("records", "others", "weights", "probabilities")
            )
        )


def numbered(
    pairs: SimilarPairs, order: "RecordOrder", threshold: float, cohesion: float
) -> NumberedPairs:
    """The pairs of which both records are staged, in the order in which they link."""
    numbers = [_numbers(hashes, order) for hashes in (pairs.others, pairs.records)]
    there = (numbers[0] >= 0) & (numbers[1] >= 0)
    later = np.maximum(*numbers)[there]
    earlier = np.minimum(*numbers)[there]
    first = np.lexsort((earlier, later, -pairs.weights[there]))
    return NumberedPairs(
        records=later[first],
        others=earlier[first],
        probabilities=pairs.probabilities[there][first],
        threshold=threshold,
        cohesion=cohesion,
    )


def _numbers(hashes: npt.NDArray[np.uint64], order: "RecordOrder") -> npt.NDArray[np.int32]:
    """Per hash the number of its record, -1 where none is staged."""
    if not order.count:
        return np.full(len(hashes), -1, dtype=np.int32)
    positions = np.minimum(np.searchsorted(order.hashes, hashes), order.count - 1)
    found = order.hashes[positions] == hashes
    return np.where(found, positions, -1).astype(np.int32)
