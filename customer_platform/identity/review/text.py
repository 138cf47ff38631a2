"""A pair to be reviewed, and what reviews tell, for a terminal."""

from collections.abc import Iterator

from customer_platform.identity.explain.masking import Mask, unmasked
from customer_platform.identity.explain.model import Similarity
from customer_platform.identity.explain.wording import counted, probability_text, shown
from customer_platform.identity.review.labels import LabelQuality
from customer_platform.identity.review.queue import QueuedPair

_UNKNOWN = "Splink isn't installed, the rule has no model, or a record is gone"


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
