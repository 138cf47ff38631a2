"""Learns from compared pairs, without labels, how one customer's records differ from two's.

Expectation maximisation over all compared pairs at once (W. Winkler, "Using the EM algorithm for
weight computation in the Fellegi-Sunter model", 1988), with three differences:

- What different people agree in is not independent, see `givens`. It starts from no pair being
  one customer but those alike in all, so that only what goes beyond such dependences makes one.
- m is first held near the default of its kind, as households and neighbours, of which there may be
  more than duplicates, are what it is drawn to else.
- How much a value's rarity says is of the people who have it, not of the records; and nothing
  where those who have it also share another attribute, as families do.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from customer_platform.identity.similar.defaults import Evidence, Levels, Shares
from customer_platform.identity.similar.givens import (
    DifferentPeople,
    Given,
    learn_givens,
    taken_off,
    telling_levels,
    together,
)

# The defaults of m count as so many pairs, and as this share of all pairs of one customer; then,
# as it is roughly known which these are, as the other.
_PAIRS_OF_DEFAULT = 20.0
_SHARE_OF_DEFAULT, _SHARE_AT_LAST = 1.0, 0.1
# Before any is seen, one record in ten is taken to have another.
_EXPECTED_DUPLICATES = 0.1
# So many of the attributes, and this share of them, a pair has to have to be alike in all.
_LEAST_OF_ALIKE, _SHARE_OF_ALIKE = 3, 0.85
# Fewer pairs can't show what people share together.
_FEW_PAIRS = 20_000
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


@dataclass
class Mixture:
    """What is learned; shares are by Splink's number of the level.

    Attributes:
        m: Per attribute the shares of pairs of one customer.
        u: Per attribute the shares of pairs of two.
        prior: How likely any two records are one customer.
        seen: Per attribute and level, how many pairs of one customer are expected there.
        givens: What goes together among different people.
        together: Per position the others with which rarity says nothing where both are equal.
    """

    m: list[Shares]
    u: list[Shares]
    prior: float
    seen: list[Shares] = field(default_factory=list)
    givens: list[Given] = field(default_factory=list)
    together: dict[int, frozenset[int]] = field(default_factory=dict)


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
    probable = _maximise(found, pairs, evidence, none, _alike_in_all(pairs, evidence))
    # Families share rare names as they share common ones: where different people are equal in two
    # attributes together, how rare the values are says nothing. Few pairs show no such thing.
    if pairs.all_pairs >= _FEW_PAIRS:
        found.together = together(found.givens, found.u, evidence)
    # Rarity is relative to u, which duplicates have to be taken out of first.
    rarity = _rarity(found, pairs, evidence)
    for share in (_SHARE_OF_DEFAULT, _SHARE_AT_LAST):
        probable = _maximise(
            found, pairs, evidence, np.round(rarity), probable, share=share, threes=True
        )
    weights = _weights(found, pairs.levels) + rarity - pairs.twins
    for _ in range(_ITERATIONS):
        probable = _probability(weights + _log_odds(found.prior))
        found.prior = _prior(probable.sum(), pairs.all_pairs, records)
    return found, probable


def _alike_in_all(pairs: ComparedPairs, evidence: Evidence) -> npt.NDArray[np.float64]:
    """1 where a pair is alike in all it has, of nearly all attributes; else 0.

    Where most duplicates are alike in all, that would else pass for what people share together.
    """
    there = (pairs.levels >= 0).sum(axis=1)
    alike = np.zeros(len(there), dtype=np.int64)
    for number, telling in enumerate(telling_levels(evidence)):
        levels = pairs.levels[:, number]
        alike += (levels >= 0) & telling[np.maximum(levels, 0)]
    enough = max(_LEAST_OF_ALIKE, _SHARE_OF_ALIKE * pairs.levels.shape[1])
    return np.where((alike == there) & (there >= enough), 1.0, 0.0)


def _rarity(found: Mixture, pairs: ComparedPairs, evidence: Evidence) -> npt.NDArray[np.float64]:
    """Per pair what the rarity of its equal values says: log2."""
    total = np.zeros(len(pairs.levels))
    equal = [pairs.levels[:, number] == len(u) - 1 for number, u in enumerate(found.u)]
    for number, holders in enumerate(evidence.holders):
        if holders:
            says = equal[number].copy()
            for other in found.together.get(number, ()):
                says &= ~equal[other]
            u = found.u[number][-1]
            shared = shared_frequency(pairs.holders[:, number], u, holders)
            total += np.where(says, np.log2(u / shared), 0.0)
    return total


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
    *,
    share: float = _SHARE_OF_DEFAULT,
    threes: bool = False,
) -> npt.NDArray[np.float64]:
    """Fits the mixture; returns the pairs' probabilities.

    Pairs at the same levels have the same: there are some thousand patterns of levels at most.

    Args:
        found: The mixture as it is so far; updated.
        pairs: The pairs.
        evidence: What is known before.
        rarity: Per pair what its rarity says, whole bits.
        probable: Per pair how probable it is so far.
        share: As which share of all pairs of one customer the defaults of m count.
        threes: Whether three attributes can go together.
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
        # Pairs that are likelier one customer are left out: of many, what each lacks to 1 adds up.
        different = counts * (1 - probable) * (probable < 0.5)
        people = DifferentPeople(levels, different, found.u, evidence, pairs.all_pairs)
        found.givens = learn_givens(people, threes=threes)
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
            held = _PAIRS_OF_DEFAULT + share * seen.sum()
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
    return weights - taken_off(found.givens, found.u, levels)


def _probability(weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp2(-np.clip(weights, -100, 100))), dtype=np.float64)


def _log_odds(probability: float) -> float:
    return float(np.log2(probability / (1 - probability)))
