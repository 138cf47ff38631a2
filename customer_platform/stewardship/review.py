"""The review queue, and what stewards' decisions say of a threshold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from customer_platform.identity.overrides import SAME, Override
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.masking import Mask, unmasked
from customer_platform.stewardship.explain.model import RecordName, Similarity
from customer_platform.stewardship.explain.reading import ordered
from customer_platform.stewardship.explain.wording import counted, probability_text, shown

Pair = tuple[RecordName, RecordName]

_UNKNOWN = "Splink isn't installed, the rule has no model, or a record is gone"


@dataclass(frozen=True)
class QueuedPair:
    """A pair to be reviewed.

    Attributes:
        position: Its place in the queue, from 1.
        rule: The similar rule.
        probability: That the two are one customer.
        record: A record.
        other: The other.
        records: Records of the one's customer.
        other_records: Records of the other's.
    """

    position: int
    rule: str
    probability: float
    record: RecordName
    other: RecordName
    records: int
    other_records: int

    @property
    def pair(self) -> tuple[RecordName, RecordName]:
        """The two records, in order of their names."""
        return ordered(self.record, self.other)


def read_queue(store: IdentityStore, rule: str | None = None) -> list[QueuedPair]:
    """The pairs to be reviewed, in their order; none where there is no queue.

    Args:
        store: Where the queue is.
        rule: Only pairs of this rule.
    """
    if not store.has(store.tables.review_queue):
        return []
    rows = store.rows("stewardship/queue", {"rule": rule})
    return [
        QueuedPair(
            position=row[0],
            rule=row[1],
            probability=row[2],
            record=RecordName(row[3], row[4]),
            other=RecordName(row[5], row[6]),
            records=row[7],
            other_records=row[8],
        )
        for row in rows
    ]


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


def pair_lines(
    pair: QueuedPair, similarity: Similarity | None, mask: Mask = unmasked
) -> Iterator[str]:
    """A pair side by side, with what each value says.

    Args:
        pair: The pair.
        similarity: What speaks for and against it; None where it can't be told.
        mask: Makes a value fit to be shown: (column, value) -> text.
    """
    yield (
        f"{pair.position}. {probability_text(pair.probability)} the same, by "
        f"{shown(pair.rule)}; would join {counted(pair.records, 'record')} and "
        f"{counted(pair.other_records, 'record')}"
    )
    one, other = pair.pair
    if similarity is None:
        yield f"  {shown(one)} and {shown(other)}: {_UNKNOWN}, so their values aren't shown"
        return
    rows: list[tuple[str, ...]] = [("", shown(one), shown(other), "", "log2 odds")]
    for each in similarity.contributions:
        sides = [
            "-" if side.value is None else shown(mask(side.column, side.value))
            for side in (each.left, each.right)
        ]
        weight = "" if "-" in sides else f"{each.weight:+.1f}"
        rows.append((each.left.key, *sides, each.level, weight))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row[:4], widths, strict=True)]
        yield ("  " + "  ".join([*cells, f"{row[4]:>9}"])).rstrip()


def quality_lines(qualities: list[LabelQuality]) -> Iterator[str]:
    """Precision and recall of every threshold by the decisions so far."""
    for each in qualities:
        if not each.labels and each.unmeasured:
            decisions = counted(each.unmeasured, "decision")
            yield f"{shown(each.rule)}: {decisions} can't be measured: {_UNKNOWN}"
            continue
        if not each.labels:
            yield f"{shown(each.rule)}: no decision yet to measure its threshold by"
            continue
        yield (
            f"{shown(each.rule)}: by {counted(each.labels, 'decision')}, its threshold of "
            f"{each.threshold:g} has a precision of {_share(each.precision)} "
            f"({each.different_above} it links differ) and a recall of {_share(each.recall)} "
            f"({each.same_below} the same it doesn't link)"
        )


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
