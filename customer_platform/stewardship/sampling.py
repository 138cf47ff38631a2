"""What stewards are asked about: uncertain pairs, and linked ones by chance to measure rules by.

A queue of uncertain pairs says nothing of how often a rule is right. Links that were drawn by
chance do: the share that stewards find to be the same is the precision of their rule.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from math import sqrt
from statistics import NormalDist

from customer_platform.identity.overrides import SAME
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.decisions_store.store import StoredDecision
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.explain.reading import ordered
from customer_platform.stewardship.review import read_queue

QUEUE, LINKED = "queue", "linked"

# Links by chance, per rule. An interval of 200 is some 6 points wide where a rule is right in 97
# of 100 cases.
SAMPLED = 200
# So many pairs of the queue, then a link.
_QUEUED_BETWEEN = 3


@dataclass(frozen=True)
class Candidate:
    """A pair to be decided on.

    Attributes:
        pair: The two records, in order of their names.
        sample: `queue` or `linked`.
        rule: The rule that isn't sure of it, or has linked it.
        probability: That the two are one, by that rule; None of a link.
    """

    pair: tuple[RecordName, RecordName]
    sample: str
    rule: str
    probability: float | None = None


def read_candidates(store: IdentityStore) -> list[Candidate]:
    """What is to be decided, the most valuable pairs first, with links by chance in between.

    Args:
        store: Where the map and the queue are.
    """
    queued = [
        Candidate(each.pair, QUEUE, each.rule, each.probability) for each in read_queue(store)
    ]
    return list(_interleaved(queued, sampled_links(store)))


def sampled_links(store: IdentityStore, most: int = SAMPLED) -> list[Candidate]:
    """Links by chance: of every rule in turn, at most so many.

    Args:
        store: Where the map is.
        most: How many of each rule.
    """
    rules = [rule.name for rule in store.rules.match_rules]
    rows = store.rows("stewardship/sampled_links", {"rules": rules, "most": most})
    return [
        Candidate(ordered(RecordName(row[1], row[2]), RecordName(row[3], row[4])), LINKED, row[0])
        for row in rows
    ]


def _interleaved(queued: Sequence[Candidate], linked: Sequence[Candidate]) -> Iterable[Candidate]:
    left = iter(linked)
    for position, each in enumerate(queued, 1):
        yield each
        if position % _QUEUED_BETWEEN == 0:
            yield from islice(left, 1)
    yield from left


@dataclass(frozen=True)
class Precision:
    """How often a rule is right, by decisions on links that were drawn by chance.

    Attributes:
        rule: The rule.
        same: Links whose two records are one.
        decided: Links that were decided on.
    """

    rule: str
    same: int
    decided: int

    @property
    def share(self) -> float | None:
        """The precision; None without a decision."""
        return self.same / self.decided if self.decided else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Between what the precision lies with 95 %; None without a decision.

        Wilson's interval, which also holds where a rule was always right (Wilson 1927, Probable
        inference, the law of succession, and statistical inference).
        """
        return wilson_interval(self.same, self.decided) if self.decided else None


def measure_precision(rules: Sequence[str], decisions: Iterable[StoredDecision]) -> list[Precision]:
    """The precision of every rule, by the decisions in force.

    Args:
        rules: Names of the rules, in their order.
        decisions: The decisions; those on pairs that a steward has chosen don't count.
    """
    sampled = [each for each in decisions if each.sample == LINKED]
    return [
        Precision(
            rule,
            sum(each.rule == rule and each.decision.kind == SAME for each in sampled),
            sum(each.rule == rule for each in sampled),
        )
        for rule in rules
    ]


def wilson_interval(found: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Between what a share lies.

    Args:
        found: How many have it.
        of: Of how many.
        confidence: How sure that is to be.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, weight = found / of, z * z / of
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / of + weight / (4 * of))
    return max(middle - half, 0.0), min(middle + half, 1.0)
