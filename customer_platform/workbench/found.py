"""What the page, and the API, show of whoever the search finds."""

from collections.abc import Sequence
from dataclasses import dataclass

from customer_platform.privacy.personal import HIDDEN, mask_value
from customer_platform.stewardship.explain.wording import counted
from customer_platform.workbench import texts
from customer_platform.workbench.access import User
from customer_platform.workbench.golden import golden_of, masked_row, name_of, summary_of
from customer_platform.workbench.reading import Published, path_of
from customer_platform.workbench.search import CURRENT_ID, FORMER_ID, Match, Reason, search


@dataclass(frozen=True)
class Result:
    """Somebody who was found, as a user may see them.

    Attributes:
        entity: What they are, such as `customer`.
        id: Their ID.
        path: Where their page is.
        name: What they are called.
        summary: What tells them apart.
        records: How many records they have.
        reasons: Why they were found, in words.
    """

    entity: str
    id: str
    path: str
    name: str
    summary: tuple[str, ...]
    records: int
    reasons: tuple[str, ...]


def results(
    published: Published, user: User, query: str, entity: str | None = None
) -> list[Result]:
    """Who is found, the best match first; see `search`.

    Args:
        published: The publication.
        user: Who asks.
        query: What somebody types.
        entity: The only entity that is looked for; None for all.
    """
    found = search(published, query, entity)
    by_entity: dict[str, list[Match]] = {}
    for match in found:
        by_entity.setdefault(match.entity, []).append(match)
    shown = {
        (match.entity, match.id): each
        for name, matches in by_entity.items()
        for match, each in zip(matches, _shown(published, user, name, matches), strict=True)
    }
    return [shown[match.entity, match.id] for match in found]


def _shown(published: Published, user: User, name: str, matches: Sequence[Match]) -> list[Result]:
    entity = published.entities[name]
    golden = golden_of(published, entity)
    table = golden.relation if golden else ""
    rows = {
        match.id: masked_row(published.declared, user, table, match.golden) for match in matches
    }
    return [
        Result(
            entity=name,
            id=match.id,
            path=f"/{path_of(name)}/{match.id}",
            name=name_of(entity, rows[match.id]) or match.id,
            summary=tuple(summary_of(entity, rows[match.id])),
            records=match.records,
            reasons=tuple(
                dict.fromkeys(_reason(published, user, name, each) for each in match.reasons)
            ),
        )
        for match in matches
    ]


def _reason(published: Published, user: User, entity: str, reason: Reason) -> str:
    attribute = reason.attribute.replace("_", " ")
    term, known = reason.term, published.entities[entity].attributes.get(reason.attribute)
    if not user.sees_values and reason.how not in (CURRENT_ID, FORMER_ID):
        # Numbers of records and orders are declared nowhere, and may be a person's.
        term = mask_value(term, known.personal) if known else HIDDEN
    return texts.WHY_FOUND[reason.how].format(attribute=attribute, term=term)


def count_text(found: Sequence[Result], most: int) -> str:
    """How many were found."""
    if len(found) >= most:
        return texts.MORE_FOUND.format(most=most)
    return counted(len(found), texts.RESULT)
