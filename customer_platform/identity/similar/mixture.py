"""Learns from compared pairs, without labels, how one customer's records differ from two's.

Expectation maximisation over all compared pairs at once (W. Winkler, "Using the EM algorithm for
weight computation in the Fellegi-Sunter model", 1988), with three differences:

- What different people agree in is not independent: those of one home share name and street. The
  share that is equal in both of two attributes is counted, and not multiplied. It starts from no
  pair being one customer, so that only what goes beyond such dependences makes a customer.
- m is held near the default of its kind, as households and neighbours, of which there may be more
  than duplicates, are what it is drawn to else.
- How much a value's rarity says is of the people who have it, not of the records.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

from customer_platform.identity.similar.defaults import Shares

Levels = npt.NDArray[np.int8]

# The defaults of m count as so many pairs, and as this share of all pairs of one customer.
_PAIRS_OF_DEFAULT = 20.0
_SHARE_OF_DEFAULT = 1.0
# Before any is seen, one record in ten is taken to have another.
_EXPECTED_DUPLICATES = 0.1
# Levels that speak less than this for one customer, in log2 odds, depend on nothing.
_LEAST_LEVEL = 2.0
# Dependences of less than half a bit change nothing.
_LEAST_WEIGHT = 0.5
# Of fewer pairs of different people, shares tell nothing; and their counts are taken as half a
# standard error smaller.
_FEWEST_PAIRS = 5
_STANDARD_ERRORS = 0.5
# Few pairs can't show that two people hardly ever have the same names. So many are taken to, and
# half of it where there are this many pairs. Else of ten people two would be one by names alone.
_NAMESAKES = 0.5
_FEW_PAIRS = 20_000
# Of attributes that go together by more than this, log2, rarity says nothing.
_TOGETHER = 2.0
_ITERATIONS = 40
_SETTLED = 1e-3
# Of values that one person is seen with, half the probability is that of values nobody has
# (I. Good, "The population frequencies of species", 1953; about what names and streets show).
_SEEN_ONCE = 0.5


@dataclass(frozen=True)
class ComparedPairs:
    """Pairs of records and how alike they are.

    Attributes:
        levels: Per pair and attribute Splink's number of the level: 0 is nothing alike, the highest
            equal, -1 no value.
        holders: Per pair and attribute how many records have the value, where both are equal.
        all_pairs: How many pairs of records these were chosen from.
        twins: Per pair what is taken off because they may be twins, log2.
    """

    levels: Levels
    holders: npt.NDArray[np.float32]
    all_pairs: float
    twins: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Given:
    """How much less it says that an attribute is so alike, as another is alike, too.

    Attributes:
        attribute: Position of the attribute.
        level: Splink's number of its level.
        given: Position of the other, which comes before.
        given_level: Number of its level.
        weight: What is taken off, log2.
    """

    attribute: int
    level: int
    given: int
    given_level: int
    weight: float


@dataclass
class Mixture:
    """What is learned; shares are by Splink's number of the level.

    Attributes:
        m: Per attribute the shares of pairs of one customer.
        u: Per attribute the shares of pairs of two.
        prior: How likely any two records are one customer.
        seen: Per attribute and level, how many pairs of one customer are expected there.
        givens: What goes together among different people.
        common: Positions of the attributes of which rarity says nothing.
    """

    m: list[Shares]
    u: list[Shares]
    prior: float
    seen: list[Shares] = field(default_factory=list)
    givens: list[Given] = field(default_factory=list)
    common: frozenset[int] = frozenset()

    @property
    def shared_together(self) -> frozenset[int]:
        """Positions of the attributes that different people are equal in together."""
        return frozenset(
            number
            for each in self.givens
            for number in (each.attribute, each.given)
            if each.level == len(self.u[each.attribute]) - 1
            and each.given_level == len(self.u[each.given]) - 1
            and each.weight >= _TOGETHER
        )


@dataclass(frozen=True)
class Evidence:
    """What is known of the attributes before the pairs are looked at.

    Attributes:
        default_m: Per attribute the default of m.
        u: Per attribute the shares of random pairs at each level.
        values: Per attribute the share of the records that has a value.
        holders: Per attribute how many records have one; 0 where rarity is not to count.
        names: Per attribute whether it is a name.
    """

    default_m: Sequence[Shares]
    u: Sequence[Shares]
    values: Sequence[float]
    holders: Sequence[int]
    names: Sequence[bool]


def learn(
    pairs: ComparedPairs, evidence: Evidence, records: int
) -> tuple[Mixture, npt.NDArray[np.float64]]:
    """Learns a mixture; returns it and how probably each pair is one customer.

    Args:
        pairs: The pairs.
        evidence: What is known before.
        records: How many records the pairs are of.
    """
    found = Mixture(
        m=[each.copy() for each in evidence.default_m],
        u=[each.copy() for each in evidence.u],
        prior=min(_EXPECTED_DUPLICATES * 2 / max(records, 2), 0.5),
    )
    none = np.zeros(len(pairs.levels))
    probable = _maximise(found, pairs, evidence, none, none)
    # Families share rare names as they share common ones: where different people are equal in two
    # attributes together, how rare the values are says nothing. Few pairs show no such thing.
    if pairs.all_pairs >= _FEW_PAIRS:
        found.common = found.shared_together
    # Rarity is told from u, which duplicates have to be taken out of first.
    rarity = sum(
        (
            np.where(
                pairs.levels[:, number] == len(found.u[number]) - 1,
                np.log2(
                    found.u[number][-1]
                    / shared_frequency(pairs.holders[:, number], found.u[number][-1], holders)
                ),
                0.0,
            )
            for number, holders in enumerate(evidence.holders)
            if holders and number not in found.common
        ),
        start=none,
    )
    probable = _maximise(found, pairs, evidence, np.round(rarity), probable)
    weights = _weights(found, pairs.levels) + rarity - pairs.twins
    for _ in range(_ITERATIONS):
        probable = _probability(weights + _log_odds(found.prior))
        found.prior = _prior(probable.sum(), pairs.all_pairs, records)
    return found, probable


def shared_frequency(
    holders: npt.NDArray[np.floating], u: float, records: int
) -> npt.NDArray[np.float64]:
    """How common the value is that two records share, for this many records that have it.

    Two records that are one customer are one person who has the value. A value that one person is
    seen with is rarer than one in all people, and the more so the less often two are equal by
    chance: of dates of birth hardly any two are. What is added per further holder makes the mean
    over all people u again.

    Args:
        holders: How many records have the value.
        u: How often different people are equal.
        records: How many records have any value.
    """
    others = max(records * u, 1e-9)
    once = min(others, _SEEN_ONCE)
    further = np.maximum(np.asarray(holders, dtype=np.float64) - 2, 0)
    return (once + (1 - once / others) * further) / max(records, 1)


def _maximise(
    found: Mixture,
    pairs: ComparedPairs,
    evidence: Evidence,
    rarity: npt.NDArray[np.float64],
    probable: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Fits the mixture; returns the pairs' probabilities.

    Pairs at the same levels have the same: there are some thousand patterns of levels at most.
    """
    code = rarity.astype(np.int64) + 1024
    for number, shares in enumerate(found.u):
        code = code * (len(shares) + 1) + pairs.levels[:, number] + 1
    _, first, pattern, counts = np.unique(
        code, return_index=True, return_inverse=True, return_counts=True
    )
    levels, rare, probable = pairs.levels[first], rarity[first], probable[first]
    records = 1 + np.sqrt(2 * pairs.all_pairs)
    for _ in range(_ITERATIONS):
        found.givens = _givens(found, levels, counts, probable, evidence, pairs.all_pairs)
        weights = _weights(found, levels) + rare + _log_odds(found.prior)
        before, probable = probable, _probability(weights)
        same = counts * probable
        found.prior = _prior(same.sum(), pairs.all_pairs, records)
        found.seen = [
            np.bincount(levels[:, number] + 1, weights=same, minlength=len(shares) + 1)[1:].astype(
                np.float64
            )
            for number, shares in enumerate(found.u)
        ]
        for number, seen in enumerate(found.seen):
            held = _PAIRS_OF_DEFAULT + _SHARE_OF_DEFAULT * seen.sum()
            found.m[number] = (seen + held * evidence.default_m[number]) / (seen.sum() + held)
            found.u[number] = _without_duplicates(evidence.u[number], seen, pairs.all_pairs)
        if np.abs(counts * (probable - before)).sum() <= _SETTLED * same.sum():
            break
    return probable[pattern.reshape(-1)]


def _without_duplicates(shares: Shares, seen: Shares, all_pairs: float) -> Shares:
    """Shares of random pairs, of which some are one customer, without these."""
    rest = (shares * all_pairs - seen) / max(all_pairs - seen.sum(), 1.0)
    # A twentieth stays: what is expected isn't known.
    rest = np.maximum(rest, np.maximum(shares / 20, 0.3 / max(all_pairs, 1.0)))
    return np.asarray(rest / rest.sum(), dtype=np.float64)


def _prior(same: float, all_pairs: float, records: float) -> float:
    # One pair is always expected, among as many as the first guess has one in.
    guess = max(records, 2) / (2 * _EXPECTED_DUPLICATES)
    return float(np.clip((same + 1) / (max(all_pairs, 1.0) + guess), 1e-12, 0.5))


def _weights(found: Mixture, levels: Levels) -> npt.NDArray[np.float64]:
    """Per pattern what its levels say, without the prior: log2."""
    weights = np.zeros(len(levels))
    for number, (m, u) in enumerate(zip(found.m, found.u, strict=True)):
        at = levels[:, number]
        weights += np.where(at >= 0, np.log2(m / u)[np.maximum(at, 0)], 0.0)
    return weights - _taken_off(found, levels)


def _taken_off(found: Mixture, levels: Levels) -> npt.NDArray[np.float64]:
    """Per pattern what dependences take off: of each attribute, the most that any other does."""
    off = np.zeros((len(found.u), len(levels)))
    tables: dict[tuple[int, int], Shares] = {}
    for each in found.givens:
        size = (len(found.u[each.attribute]), len(found.u[each.given]))
        table = tables.setdefault((each.attribute, each.given), np.zeros(size))
        table[each.level, each.given_level] = each.weight
    for (number, given), table in tables.items():
        one, other = levels[:, number], levels[:, given]
        there = (one >= 0) & (other >= 0)
        taken = np.where(there, table[np.maximum(one, 0), np.maximum(other, 0)], 0.0)
        off[number] = np.maximum(off[number], taken)
    return np.asarray(off.sum(axis=0), dtype=np.float64)


def _givens(
    found: Mixture,
    levels: Levels,
    counts: npt.NDArray[np.int64],
    probable: npt.NDArray[np.float64],
    evidence: Evidence,
    all_pairs: float,
) -> list[Given]:
    """What different people agree in together, and how much more than by chance."""
    givens: list[Given] = []
    # What goes with the only other attribute can't be told from one customer.
    if len(found.u) < 3:
        return givens
    # Pairs that are likelier one customer are left out: of many, what each lacks to 1 adds up.
    different = counts * (1 - probable) * (probable < 0.5)
    namesakes = _NAMESAKES * _FEW_PAIRS / (_FEW_PAIRS + all_pairs)
    telling = [
        np.log2(m / u) > _LEAST_LEVEL for m, u in zip(evidence.default_m, evidence.u, strict=True)
    ]
    for given, number in combinations(range(len(found.u)), 2):
        u, other = found.u[number], found.u[given]
        there = (levels[:, number] >= 0) & (levels[:, given] >= 0)
        code = levels[:, number].astype(np.int64) * len(other) + levels[:, given]
        code = np.where(there, code, 0)
        size = len(u) * len(other)
        apart = np.bincount(code, weights=np.where(there, different, 0), minlength=size)
        apart = apart.reshape(len(u), len(other))
        least = np.where(apart < _FEWEST_PAIRS, 0, apart - _STANDARD_ERRORS * np.sqrt(apart))
        if evidence.names[number] and evidence.names[given]:
            least = np.maximum(least, namesakes)
        chance = all_pairs * (evidence.values[number] * evidence.values[given]) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = np.log2(least / (chance * np.outer(u, other)))
        # At most as common as each of the two.
        weights = np.minimum(weights, np.minimum(-np.log2(u)[:, None], -np.log2(other)[None, :]))
        kept = np.outer(telling[number], telling[given])
        givens += [
            Given(number, int(level), given, int(given_level), float(weights[level, given_level]))
            for level, given_level in zip(
                *np.nonzero(kept & (weights >= _LEAST_WEIGHT)), strict=True
            )
        ]
    return givens


def _probability(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp2(-np.clip(weights, -100, 100))), dtype=np.float64)


def _log_odds(probability: float) -> float:
    return float(np.log2(probability / (1 - probability)))
