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
import numpy.typing as npt

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


@dataclass(frozen=True)
class DifferentPeople:
    """Pairs of different people, by how alike they are.

    Attributes:
        levels: Patterns of levels.
        counts: Of each, how many pairs.
        u: Per attribute the shares of all pairs of different people.
        evidence: What is known of the attributes.
        all_pairs: How many pairs of records these were chosen from.
    """

    levels: Levels
    counts: Shares
    u: Sequence[Shares]
    evidence: Evidence
    all_pairs: float

    def are_equal(self, *attributes: int) -> npt.NDArray[np.bool_]:
        """Whether the pairs of a pattern are equal in all of these attributes."""
        at = [self.levels[:, each] == len(self.u[each]) - 1 for each in attributes]
        return np.asarray(np.all(at, axis=0))

    def by_chance(self, *attributes: int) -> float:
        """How many pairs have values of all of these attributes."""
        there = np.prod([self.evidence.values[each] for each in attributes])
        return float(self.all_pairs * there**2)


def telling_levels(evidence: Evidence) -> list[npt.NDArray[np.bool_]]:
    """Per attribute and level whether it speaks for one customer."""
    return [
        np.log2(same / random) > _LEAST_LEVEL
        for same, random in zip(evidence.default_m, evidence.u, strict=True)
    ]


def learn_givens(people: DifferentPeople, *, threes: bool) -> list[Given]:
    """What different people agree in together, and how much more than by chance.

    Args:
        people: The pairs.
        threes: Whether three attributes can go together: of those who are equal in three, it has
            to be known roughly who is one customer.
    """
    # What goes with the only other attribute can't be told from one customer.
    if len(people.u) < 3:
        return []
    twos = list(_shared_by_two(people))
    homes = _shared_by_homes(people, twos) if threes else ()
    return [*twos, *_made_of_names(people, twos), *homes]


def _shared_by_two(people: DifferentPeople) -> Iterator[Given]:
    """How common each level is among different people who are at one of another attribute."""
    levels, u, evidence = people.levels, people.u, people.evidence
    namesakes = _NAMESAKES * _FEW_PAIRS / (_FEW_PAIRS + people.all_pairs)
    telling = telling_levels(evidence)
    # Nobody shares a date of birth for what else they share, but twins, see `dependence`.
    shared = [number for number in range(len(u)) if evidence.kinds[number] != "date"]
    for given, number in combinations(shared, 2):
        mine, other = u[number], u[given]
        there = (levels[:, number] >= 0) & (levels[:, given] >= 0)
        code = levels[:, number].astype(np.int64) * len(other) + levels[:, given]
        code = np.where(there, code, 0)
        size = len(mine) * len(other)
        apart = np.bincount(code, weights=np.where(there, people.counts, 0), minlength=size)
        apart = apart.reshape(len(mine), len(other))
        least = np.where(apart < _FEWEST_PAIRS, 0, apart - _STANDARD_ERRORS * np.sqrt(apart))
        if evidence.kinds[number] == evidence.kinds[given] == "name":
            least = np.maximum(least, namesakes)
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = people.by_chance(number, given) * np.outer(mine, other)
            weights = np.log2(least / chance)
        # At most as common as each of the two.
        weights = np.minimum(weights, np.minimum(-np.log2(mine)[:, None], -np.log2(other)[None, :]))
        kept = np.outer(telling[number], telling[given])
        for at, level in zip(*np.nonzero(kept & (weights >= _LEAST_WEIGHT)), strict=True):
            yield Given(number, int(at), ((given, int(level)),), float(weights[at, level]))


def _shared_by_homes(people: DifferentPeople, twos: Sequence[Given]) -> Iterator[Given]:
    """How common the third is among different people who are equal in two, of three together."""
    u = people.u
    two = together(twos, u, people.evidence)
    for one, other, third in combinations(sorted(two), 3):
        if not ({other, third} <= two[one] and third in two[other]):
            continue
        shared = people.counts[people.are_equal(one, other, third)].sum()
        if shared < _FEWEST_PAIRS:
            continue
        # Blocking may have compared fewer than there are.
        both = people.are_equal(one, other) & (people.levels[:, third] >= 0)
        chance = u[one][-1] * u[other][-1] * people.by_chance(one, other, third)
        of = max(people.counts[both].sum(), chance)
        share = (shared - _STANDARD_ERRORS * np.sqrt(shared)) / of
        weight = float(np.log2(share / u[third][-1]))
        if weight >= _LEAST_WEIGHT:
            others = tuple((each, len(u[each]) - 1) for each in (one, other))
            yield Given(third, len(u[third]) - 1, others, weight)


def _made_of_names(people: DifferentPeople, twos: Sequence[Given]) -> Iterator[Given]:
    """How common an email is among different people who have the same names.

    Each of the names goes with the email, but neither shows that of both an email can be told.
    """
    u, evidence = people.u, people.evidence
    for email, (one, other) in product(
        evidence.of_kind("email"), combinations(evidence.of_kind("name"), 2)
    ):
        names = ((one, len(u[one]) - 1), (other, len(u[other]) - 1))
        both = people.are_equal(one, other)
        more = [each.weight for each in twos if _where(each) == set(names)]
        chance = u[one][-1] * u[other][-1] * 2.0 ** max(more, default=0.0)
        namesakes = people.by_chance(email, one, other) * chance
        for level in range(1, len(u[email])):
            usual = _SAME_EMAIL if level == len(u[email]) - 1 else _ALIKE_EMAIL
            seen = people.counts[both & (people.levels[:, email] == level)].sum()
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
