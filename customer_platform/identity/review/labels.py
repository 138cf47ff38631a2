"""What stewards' decisions tell of a threshold: overrides as labels."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from customer_platform.identity.explain.model import RecordName, Similarity
from customer_platform.identity.overrides import SAME, Override
from customer_platform.identity.rules import ResolutionRules

Pair = tuple[RecordName, RecordName]


@dataclass(frozen=True)
class LabelQuality:
    """How a rule's threshold fits what stewards have decided.

    Decisions are not a random sample: those from the review queue lie below the threshold.

    Attributes:
        rule: The similar rule.
        threshold: Its threshold.
        same_above: Pairs that are the same, and that the rule links.
        same_below: Pairs that are the same, and that it doesn't.
        different_above: Pairs that differ, and that it links.
        different_below: Pairs that differ, and that it doesn't.
        unmeasured: Pairs that were decided on, and of which the probability isn't known.
    """

    rule: str
    threshold: float
    same_above: int
    same_below: int
    different_above: int
    different_below: int
    unmeasured: int = 0

    @property
    def labels(self) -> int:
        """Decisions on pairs of which the probability is known."""
        return self.same_above + self.same_below + self.different_above + self.different_below

    @property
    def precision(self) -> float | None:
        """Share of the pairs it links that are the same; None when it links none."""
        above = self.same_above + self.different_above
        return self.same_above / above if above else None

    @property
    def recall(self) -> float | None:
        """Share of the same pairs that it links; None when there are none."""
        same = self.same_above + self.same_below
        return self.same_above / same if same else None


def label_quality(
    rules: ResolutionRules,
    scored: Mapping[str, Mapping[Pair, Similarity]],
    overrides: Iterable[Override],
    thresholds: Mapping[str, float],
) -> list[LabelQuality]:
    """How the threshold of every similar rule fits the overrides.

    Args:
        rules: The rules.
        scored: Per name of a similar rule, how similar pairs of records are, by their names in
            order; a decision on another pair can't be measured.
        overrides: What stewards have decided.
        thresholds: Per name of a similar rule, the probability from which it links.
    """
    kinds = {override_pair(override): override.kind for override in overrides}
    qualities = []
    for rule in rules.match_rules:
        if rule.similar is None:
            continue
        found = scored.get(rule.name, {})
        known = [(kinds[pair], found[pair].probability) for pair in kinds if pair in found]
        counted = count_labels(rule.name, thresholds[rule.name], known)
        qualities.append(replace(counted, unmeasured=len(kinds) - len(known)))
    return qualities


def override_pair(override: Override) -> Pair:
    """The two records of an override, in order of their names."""
    one, other = override.sides
    return RecordName(*one), RecordName(*other)


def count_labels(rule: str, threshold: float, labels: Iterable[tuple[str, float]]) -> LabelQuality:
    """Counts decisions by whether the rule links the pair.

    Args:
        rule: Name of the rule.
        threshold: Its threshold.
        labels: What was decided (`same` or `different`), and the probability of the pair.
    """
    counts = {(same, above): 0 for same in (True, False) for above in (True, False)}
    for kind, probability in labels:
        counts[kind == SAME, probability >= threshold] += 1
    return LabelQuality(
        rule=rule,
        threshold=threshold,
        same_above=counts[True, True],
        same_below=counts[True, False],
        different_above=counts[False, True],
        different_below=counts[False, False],
    )
