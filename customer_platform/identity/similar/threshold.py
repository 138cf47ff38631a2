"""The threshold that a model's own probabilities speak for."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Strangers that are merged do more harm than duplicates that stay two.
LEAST_PRECISION = 0.98
# Where nothing reaches the precision, or no pair is probable at all.
CAUTIOUS = 0.95
_LOWEST, _HIGHEST = 0.5, 0.99


@dataclass(frozen=True)
class ExpectedAccuracy:
    """What linking from a threshold on is expected to give, by the probabilities themselves.

    Attributes:
        threshold: The probability from which a pair links.
        precision: Share of the linking pairs that is expected to be right.
        recall: Share of the pairs expected to be right that links.
    """

    threshold: float
    precision: float
    recall: float

    @property
    def text(self) -> str:
        """All of it in words."""
        return (
            f"expected precision {100 * self.precision:.1f}% and recall {100 * self.recall:.1f}% "
            f"from {100 * self.threshold:g}% on"
        )


def best_threshold(probabilities: npt.NDArray[np.float64]) -> ExpectedAccuracy:
    """The threshold of the highest expected F1 among those that are expected to be right enough.

    Args:
        probabilities: Of all compared pairs.
    """
    expected = float(probabilities.sum())
    falling = np.sort(probabilities)[::-1]
    thresholds = np.unique(np.floor(falling[falling >= _LOWEST] * 1000) / 1000)
    # All pairs from a threshold on link: those of equal probability together.
    linking = np.searchsorted(-falling, -thresholds, side="right")
    right = np.cumsum(falling)[linking - 1]
    f1 = np.where(right >= LEAST_PRECISION * linking, 2 * right / (linking + expected), 0.0)
    if not f1.any():
        return accuracy_at(probabilities, CAUTIOUS)
    chosen = min(float(thresholds[np.argmax(f1)]), _HIGHEST)
    return accuracy_at(probabilities, chosen)


def accuracy_at(probabilities: npt.NDArray[np.float64], threshold: float) -> ExpectedAccuracy:
    """What linking from a threshold on is expected to give."""
    linking = probabilities[probabilities >= threshold]
    return ExpectedAccuracy(
        threshold,
        precision=float(linking.mean()) if len(linking) else 1.0,
        recall=float(linking.sum() / probabilities.sum()) if len(linking) else 0.0,
    )
