"""What different people agree in together, so that it says less of their being one customer.

Postcode and street go together, and so do the last names of those who live there. How probable it
is that different people agree in several attributes is a product: of each attribute, given those
before it. Each is taken as given the one that it goes with most (after C. Chow and C. Liu,
"Approximating discrete probability distributions with dependence trees", 1968), or two that both
go with it, as a home's last name, postcode and street do, or an email with both names. What goes
together is counted among the pairs, and not multiplied.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from customer_platform.identity.similar.defaults import Evidence, Levels, Shares

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
# Where attributes that go together by more than this, log2, are both equal, rarity says nothing.
_TOGETHER = 2.0
# Emails are made of names: of different people with the same names so many have the same email,
# and so many one that differs in a character. That counts as this many pairs of such people.
_SAME_EMAIL, _ALIKE_EMAIL = 0.01, 0.02
_PAIRS_OF_EMAILS = 100.0


@dataclass(frozen=True)
class Given:
    """How much less it says that an attribute is so alike, as others are alike, too.

    Attributes:
        attribute: Position of the attribute.
        level: Splink's number of its level.
        others: Position of each other, and the number of its level.
        weight: What is taken off, log2.
    """

    attribute: int
    level: int
    others: tuple[tuple[int, int], ...]
    weight: float


def together(
    givens: Sequence[Given], u: Sequence[Shares], evidence: Evidence
) -> dict[int, frozenset[int]]:
    """Per attribute the others that different people are equal in together with it."""
    several: dict[int, set[int]] = {}
    for each in givens:
        (other, level), *more = each.others
        # An email is made of the name: a rare name is no more common for it.
        made = {evidence.kinds[each.attribute], evidence.kinds[other]} == {"email", "name"}
        equal = (each.level, level) == (len(u[each.attribute]) - 1, len(u[other]) - 1)
        if equal and each.weight >= _TOGETHER and not more and not made:
            several.setdefault(each.attribute, set()).add(other)
            several.setdefault(other, set()).add(each.attribute)
    return {number: frozenset(others) for number, others in several.items()}


def learn_givens(
    levels: Levels,
    different: Shares,
    u: Sequence[Shares],
    evidence: Evidence,
    all_pairs: float,
    *,
    threes: bool,
) -> list[Given]:
    """What different people agree in together, and how much more than by chance.

    Args:
        levels: Patterns of levels, or pairs.
        different: Of each, how many pairs of different people.
        u: Per attribute the shares of pairs of different people.
        evidence: What is known before.
        all_pairs: How many pairs of records these were chosen from.
        threes: Whether three attributes can go together: of those who are equal in three, it has
            to be known roughly who is one customer.
    """
    givens: list[Given] = []
    # What goes with the only other attribute can't be told from one customer.
    if len(u) < 3:
        return givens
    namesakes = _NAMESAKES * _FEW_PAIRS / (_FEW_PAIRS + all_pairs)
    telling = [
        np.log2(same / random) > _LEAST_LEVEL
        for same, random in zip(evidence.default_m, evidence.u, strict=True)
    ]
    for given, number in combinations(range(len(u)), 2):
        mine, other = u[number], u[given]
        there = (levels[:, number] >= 0) & (levels[:, given] >= 0)
        code = levels[:, number].astype(np.int64) * len(other) + levels[:, given]
        code = np.where(there, code, 0)
        size = len(mine) * len(other)
        apart = np.bincount(code, weights=np.where(there, different, 0), minlength=size)
        apart = apart.reshape(len(mine), len(other))
        least = np.where(apart < _FEWEST_PAIRS, 0, apart - _STANDARD_ERRORS * np.sqrt(apart))
        if evidence.kinds[number] == evidence.kinds[given] == "name":
            least = np.maximum(least, namesakes)
        chance = all_pairs * (evidence.values[number] * evidence.values[given]) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            weights = np.log2(least / (chance * np.outer(mine, other)))
        # At most as common as each of the two.
        weights = np.minimum(weights, np.minimum(-np.log2(mine)[:, None], -np.log2(other)[None, :]))
        kept = np.outer(telling[number], telling[given])
        givens += [
            Given(number, int(at), ((given, int(level)),), float(weights[at, level]))
            for at, level in zip(*np.nonzero(kept & (weights >= _LEAST_WEIGHT)), strict=True)
        ]
    found = [*givens, *_made_of_names(givens, levels, different, u, evidence, all_pairs)]
    if threes:
        found += _shared_by_homes(givens, levels, different, u, evidence, all_pairs)
    return found


def _shared_by_homes(
    givens: Sequence[Given],
    levels: Levels,
    different: Shares,
    u: Sequence[Shares],
    evidence: Evidence,
    all_pairs: float,
) -> Iterator[Given]:
    """How common the third is among different people who are equal in two, of three together."""
    two = together(givens, u, evidence)
    equal = [levels[:, number] == len(shares) - 1 for number, shares in enumerate(u)]
    for one, other, third in combinations(sorted(two), 3):
        if not ({other, third} <= two[one] and third in two[other]):
            continue
        both = equal[one] & equal[other]
        shared = different[both & equal[third]].sum()
        if shared < _FEWEST_PAIRS:
            continue
        # Blocking may have compared fewer than there are.
        chance = u[one][-1] * u[other][-1] * all_pairs
        there = np.prod([evidence.values[each] for each in (one, other, third)]) ** 2
        of = max(different[both & (levels[:, third] >= 0)].sum(), chance * there)
        share = (shared - _STANDARD_ERRORS * np.sqrt(shared)) / of
        weight = float(np.log2(share / u[third][-1]))
        if weight >= _LEAST_WEIGHT:
            others = tuple((each, len(u[each]) - 1) for each in (one, other))
            yield Given(third, len(u[third]) - 1, others, weight)


def _made_of_names(
    givens: Sequence[Given],
    levels: Levels,
    different: Shares,
    u: Sequence[Shares],
    evidence: Evidence,
    all_pairs: float,
) -> Iterator[Given]:
    """How common an email is among different people who have the same names.

    Each of the names goes with the email, but neither shows that of both an email can be told.
    """
    for email, (one, other) in product(
        evidence.of_kind("email"), combinations(evidence.of_kind("name"), 2)
    ):
        names = ((one, len(u[one]) - 1), (other, len(u[other]) - 1))
        both = (levels[:, one] == names[0][1]) & (levels[:, other] == names[1][1])
        together = [each.weight for each in givens if {names[0], names[1]} == _where(each)]
        chance = u[one][-1] * u[other][-1] * 2.0 ** max(together, default=0.0)
        there = np.prod([evidence.values[each] for each in (email, one, other)]) ** 2
        namesakes = all_pairs * there * chance
        for level in range(1, len(u[email])):
            usual = _SAME_EMAIL if level == len(u[email]) - 1 else _ALIKE_EMAIL
            seen = different[both & (levels[:, email] == level)].sum()
            share = (seen + _PAIRS_OF_EMAILS * usual) / (namesakes + _PAIRS_OF_EMAILS)
            weight = float(np.log2(min(share, 1.0) / u[email][level]))
            if weight >= _LEAST_WEIGHT:
                yield Given(email, level, names, weight)


def _where(given: Given) -> set[tuple[int, int]]:
    """All attributes of it, with their levels."""
    return {(given.attribute, given.level), *given.others}


def taken_off(givens: Sequence[Given], u: Sequence[Shares], levels: Levels) -> Shares:
    """Per pattern what dependences take off: of each attribute, the most that any of them does.

    Args:
        givens: The dependences.
        u: Per attribute its shares, one per level.
        levels: The patterns of levels.
    """
    off = np.zeros((len(u), len(levels)))
    tables: dict[tuple[int, int], Shares] = {}
    for each in givens:
        (other, level), *more = each.others
        if more:
            at = levels[:, each.attribute] == each.level
            for other, level in each.others:
                at &= levels[:, other] == level
            off[each.attribute, at] = np.maximum(off[each.attribute, at], each.weight)
            continue
        size = (len(u[each.attribute]), len(u[other]))
        table = tables.setdefault((each.attribute, other), np.zeros(size))
        table[each.level, level] = each.weight
    for (number, given), table in tables.items():
        mine, its = levels[:, number], levels[:, given]
        there = (mine >= 0) & (its >= 0)
        taken = np.where(there, table[np.maximum(mine, 0), np.maximum(its, 0)], 0.0)
        off[number] = np.maximum(off[number], taken)
    return np.asarray(off.sum(axis=0), dtype=np.float64)
