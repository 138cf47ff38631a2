"""Masks an explanation's values, so that it may be shown to whoever may open the page."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from customer_platform.stewardship.explain.model import (
    Explanation,
    KeyValue,
    Link,
    Override,
    RecordName,
    RuleComparison,
    Similarity,
)

# Makes a value fit to be shown: (column of the records, value) -> what to show.
Mask = Callable[[str, str], str]

Shown = TypeVar("Shown")


def unmasked(column: str, value: str) -> str:
    """Shows every value as it is."""
    return value


def mask_values(explanation: Explanation, mask: Mask) -> Explanation:
    """The same explanation with every value of a match key, and an override's reason, masked.

    Names of records and customers stay.
    """

    def one(value: KeyValue) -> KeyValue:
        shown = None if value.value is None else mask(value.column, value.value)
        return replace(value, value=shown)

    def several(values: tuple[KeyValue, ...]) -> tuple[KeyValue, ...]:
        return tuple(one(value) for value in values)

    def override(said: Override | None) -> Override | None:
        if said is None or said.reason is None:
            return said
        return replace(said, reason=mask("reason", said.reason))

    def similarity(of: Similarity | None) -> Similarity | None:
        if of is None:
            return None
        contributions = tuple(
            replace(each, left=one(each.left), right=one(each.right)) for each in of.contributions
        )
        return replace(of, contributions=contributions)

    def link(of: Link) -> Link:
        return replace(
            of,
            values=several(of.values),
            override=override(of.override),
            similarity=similarity(of.similarity),
        )

    def comparison(of: RuleComparison) -> RuleComparison:
        return replace(
            of,
            keys=tuple(replace(key, left=one(key.left), right=one(key.right)) for key in of.keys),
            similarity=similarity(of.similarity),
        )

    return replace(
        explanation,
        records=tuple(replace(each, values=several(each.values)) for each in explanation.records),
        links=tuple(link(each) for each in explanation.links),
        weakest=link(explanation.weakest) if explanation.weakest else None,
        refused=tuple(
            replace(each, this_side=one(each.this_side), other_side=one(each.other_side))
            for each in explanation.refused
        ),
        comparisons=tuple(comparison(each) for each in explanation.comparisons),
    )


def mask_names(shown: Shown, mask: Callable[[RecordName], RecordName]) -> Shown:
    """The same explanation or preview with every name of a record masked.

    Args:
        shown: What consists of dataclasses and tuples.
        mask: Makes a name fit to be shown. Names that look alike then are numbered.
    """
    masked: dict[RecordName, RecordName] = {}

    def name(of: RecordName) -> RecordName:
        if of not in masked:
            plain, number = mask(of), 1
            found = plain
            while found in masked.values():
                number += 1
                found = RecordName(plain.source, f"{plain.record_id} ({number})")
            masked[of] = found
        return masked[of]

    def within(part: Any) -> Any:
        if isinstance(part, RecordName):
            return name(part)
        if isinstance(part, tuple):
            return tuple(map(within, part))
        if is_dataclass(part) and not isinstance(part, type):
            return replace(
                part, **{each.name: within(getattr(part, each.name)) for each in fields(part)}
            )
        return part

    found: Shown = within(shown)
    return found
