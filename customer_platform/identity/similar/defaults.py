"""What levels of each kind of attribute say before any record was seen.

Chosen by eye, near what records with a known truth show (benchmarks/accuracy_sets): they are not
fitted. Few records are told apart by these alone; more records overrule them, see `mixture`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from customer_platform.identity.similar.comparisons import Attribute

Levels = npt.NDArray[np.int8]
Shares = npt.NDArray[np.float64]

# From equal to nothing alike, as `comparisons` lists the levels: shares of the pairs of one
# customer, and of those of two.
_SAME = {
    "name": (0.67, 0.18, 0.04, 0.06, 0.05),
    "date": (0.77, 0.12, 0.07, 0.02, 0.02),
    "postcode": (0.75, 0.13, 0.02, 0.10),
    "street": (0.70, 0.15, 0.05, 0.10),
    "text": (0.72, 0.12, 0.06, 0.10),
    "email": (0.80, 0.10, 0.10),
    "phone": (0.80, 0.10, 0.10),
    "code": (0.77, 0.11, 0.02, 0.10),
    "category": (0.90, 0.10),
}
_DIFFERENT = {
    "name": (0.005, 0.0005, 0.0005, 0.02),
    "date": (0.0001, 0.0005, 0.03, 0.22),
    "postcode": (0.0005, 0.002, 0.004),
    "street": (0.0005, 0.0005, 0.002),
    "text": (0.01, 0.005, 0.02),
    "email": (0.0001, 0.0001),
    "phone": (0.0001, 0.0001),
    "code": (0.0005, 0.002, 0.005),
    "category": (0.3,),
}


@dataclass(frozen=True)
class Evidence:
    """What is known of the attributes before the pairs are looked at.

    Attributes:
        default_m: Per attribute the default of m.
        u: Per attribute the shares of random pairs at each level.
        values: Per attribute the share of the records that has a value.
        holders: Per attribute how many records have one; 0 where rarity is not to count.
        kinds: Per attribute what its values are; one of `COMPARISONS`.
    """

    default_m: Sequence[Shares]
    u: Sequence[Shares]
    values: Sequence[float]
    holders: Sequence[int]
    kinds: Sequence[str]

    def of_kind(self, kind: str) -> list[int]:
        """Positions of the attributes of a kind."""
        return [number for number, each in enumerate(self.kinds) if each == kind]


def default_m(attribute: Attribute, levels: int) -> Shares:
    """Of pairs of one customer, the share at each level, by Splink's number of the level.

    Args:
        attribute: The attribute.
        levels: How many levels it has; the rule may state others than the kind's.
    """
    equal, *between, apart = _SAME[attribute.kind]
    shares = np.array([apart, *_spread(between, levels - 2)[::-1], equal])
    return np.asarray(shares / shares.sum(), dtype=np.float64)


def default_u(attribute: Attribute, levels: int) -> Shares:
    """Of pairs of two customers, the share at each level, by Splink's number of the level."""
    equal, *between = _DIFFERENT[attribute.kind]
    alike = np.array([*_spread(between, levels - 2)[::-1], equal])
    return np.array([1 - alike.sum(), *alike])


def _spread(shares: list[float], levels: int) -> list[float]:
    """The shares of the levels between, or of as many as there are, the same in all."""
    return shares if len(shares) == levels else [max(sum(shares), 1e-3) / max(levels, 1)] * levels
