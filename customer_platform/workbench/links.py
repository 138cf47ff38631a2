"""Why the records of a customer are one: the links as rows of a table, and as a drawing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from customer_platform.declarations import Entity
from customer_platform.stewardship.explain import (
    Explanation,
    Link,
    explain_customer,
    mask_names,
    mask_values,
    wording,
)
from customer_platform.workbench.access import User
from customer_platform.workbench.reading import Published

# More can't be told apart in a drawing; the table has all of them.
MOST_DRAWN = 150

# Width of a waterfall, in pixels of its drawing.
_WIDTH = 320


@dataclass(frozen=True)
class Step:
    """A step of a waterfall: what speaks for, or against, two records being one.

    Attributes:
        weight: log2 of the odds that it adds.
        because: What it comes from.
        left: Where its bar begins, of `_WIDTH`.
        width: How wide it is.
        kind: `for`, `against` or `total`.
    """

    weight: float
    because: str
    left: float
    width: float
    kind: str


@dataclass(frozen=True)
class ShownLink:
    """A link in words.

    Attributes:
        record: The record that it explains.
        linked_to: The record that it is linked to.
        rule: By which rule, or by whose word.
        values: The values that both have.
        sharing: How common those are, or how likely the link is.
        support: How firm it is.
        is_weakest: Whether it is the weakest.
        steps: Of a link by similarity, what its probability is made of.
    """

    record: str
    linked_to: str
    rule: str
    values: str
    sharing: str
    support: str
    is_weakest: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Links:
    """Why the records of a customer are one, as a user may see it.

    Attributes:
        weakest: Which link is the weakest, and what would be without it.
        links: All links.
        refused: Links that were refused.
        drawing: Nodes and edges as JSON; None where there is nothing to draw, or too much.
        is_too_large: Whether there are too many records to draw.
    """

    weakest: str
    links: tuple[ShownLink, ...]
    refused: tuple[str, ...]
    drawing: str | None
    is_too_large: bool


def read_links(published: Published, user: User, entity: Entity, owner: str) -> Links:
    """Why the records of a customer are one.

    Args:
        published: The publication.
        user: Who asks.
        entity: What it is.
        owner: Its ID, in use.

    Raises:
        ExplainError: The ID was never issued, or none of its records is left.
        NoEvidenceError: The publication has no evidence.
    """
    with published.store(entity) as store:
        explanation = explain_customer(store, owner)
    if not user.sees_values:
        mask = published.record_mask(entity)
        explanation = mask_names(mask_values(explanation, mask), mask.name)
    return links_of(explanation)


def links_of(explanation: Explanation) -> Links:
    """An explanation as rows of a table, and as a drawing.

    Args:
        explanation: Why records are one, masked where it has to be.
    """
    is_too_large = len(explanation.records) > MOST_DRAWN
    return Links(
        weakest=wording.weakest_text(explanation),
        links=tuple(_shown(each, each == explanation.weakest) for each in explanation.links),
        refused=tuple(wording.refused_text(each) for each in explanation.refused),
        drawing=None if is_too_large or not explanation.links else drawing_of(explanation),
        is_too_large=is_too_large,
    )


def drawing_of(explanation: Explanation) -> str:
    """The records and links of an explanation as JSON, for cytoscape."""
    nodes = [
        {
            "data": {"id": str(each.name), "source": each.name.source},
            "classes": "founding" if each.is_founding else "",
        }
        for each in explanation.records
    ]
    edges = [
        {
            "data": {
                "source": str(link.linked_to),
                "target": str(link.record),
                "label": link.rule,
            },
            "classes": "weakest" if link == explanation.weakest else "",
        }
        for link in explanation.links
    ]
    return json.dumps(nodes + edges)


def _shown(link: Link, is_weakest: bool) -> ShownLink:
    return ShownLink(
        record=wording.shown(link.record),
        linked_to=wording.shown(link.linked_to),
        rule=wording.rule_text(link),
        values=wording.values_text(link.values),
        sharing=wording.sharing_text(link),
        support=wording.support_text(link),
        is_weakest=is_weakest,
        steps=waterfall(wording.evidence(link.similarity)) if link.similarity else (),
    )


def waterfall(evidence: Sequence[tuple[float, str]]) -> tuple[Step, ...]:
    """The log2 odds of a link, one step a contribution, each from where the last ended."""
    if not evidence:
        return ()
    steps = sorted(evidence, key=lambda each: each[1] != wording.PRIOR)
    ends = list(accumulate(weight for weight, _ in steps))
    low, high = min(0.0, *ends), max(0.0, *ends)
    scale = _WIDTH / max(high - low, 1e-9)

    def step(start: float, weight: float, because: str, kind: str) -> Step:
        left = (min(start, start + weight) - low) * scale
        return Step(weight, because, round(left, 1), round(abs(weight) * scale, 1), kind)

    bars = [
        step(start, weight, because, "for" if weight > 0 else "against")
        for start, (weight, because) in zip([0.0, *ends[:-1]], steps, strict=True)
    ]
    return (*bars, step(0.0, ends[-1], "together", "total"))
