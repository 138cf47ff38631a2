"""Finds a customer, a buyer, an account, ... by whatever is known of it.

What is looked for is made comparable as the values of records are. Whole, it is the beginning of a
value, or a number, an ID; in words, everyone is found whose names and values hold all of them.
Where that finds few, words that are spelt like them count, too.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from customer_platform.declarations import Entity
from customer_platform.publishing.search_index import RECORD, WORDS
from customer_platform.stewardship.explain import RecordName
from customer_platform.warehouse.sql import statement
from customer_platform.workbench.normalising import EndlessQuery
from customer_platform.workbench.reading import Published
from customer_platform.workbench.terms import (
    BEYOND,
    EXACT,
    Terms,
    of_whole,
    of_word,
    selects,
    written_together,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Longer than any address that anybody types.
LONGEST = 200
MOST = 20

_WORDS = 6
# From how many letters on a word is taken for one that is misspelt.
_SHORTEST_MISSPELT = 3
# From how many characters on a text may be the beginning of an ID.
_SHORTEST_ID = 4
# jansen and janssen have 0.97, jansen and jnasen 0.95, dik and dijk 0.93, jansen and hansen 0.89.
_ALIKE = 0.9
_SIMILAR_WORDS = 8
# With fewer results, words that are spelt alike are looked for.
_FEW = 5
# Of so many times the results, those with the most records come first.
_CONSIDERED = 5

CURRENT_ID, FORMER_ID = "id", "former id"


@dataclass(frozen=True)
class Reason:
    """Why somebody was found.

    Attributes:
        attribute: What matched: an attribute, `record`, `order` or `id`.
        term: The value, in lower case.
        how: `exact`, `begins`, `alike`, `id` or `former id`.
    """

    attribute: str
    term: str
    how: str


@dataclass(frozen=True)
class Match:
    """Somebody who was found.

    Attributes:
        entity: What they are, such as `customer`.
        id: Their ID.
        records: How many records they have.
        reasons: Why they were found.
        golden: What of their golden record tells them apart.
    """

    entity: str
    id: str
    records: int
    reasons: tuple[Reason, ...]
    golden: Mapping[str, Any] = field(default_factory=dict)


def search(
    published: Published, query: str, only: str | None = None, most: int = MOST
) -> list[Match]:
    """Who is found, the best match first.

    Args:
        published: The publication.
        query: What somebody types, of at most `LONGEST` characters.
        only: The only entity that is looked for; None for all.
        most: How many are found at most.

    Raises:
        NoEvidenceError: The publication has no evidence.
    """
    text = " ".join(query.split())
    if not text:
        return []
    with published.evidence() as connection:
        country = published.country
        whole, words = _normalised(text, country)
        found = {
            (each.entity, each.id): each
            for each in [
                *_by_id(connection, published, text, most),
                *_by_record(connection, published, text),
                *_find(connection, of_whole(whole, text, country), only, most),
            ]
        }
        if "@" not in text:
            _add(found, _find(connection, [of_word(each) for each in words[:_WORDS]], only, most))
        if len(found) < _FEW and any(len(each) >= _SHORTEST_MISSPELT for each in words):
            misspelt = [_misspelt(connection, each) for each in words[:_WORDS]]
            _add(found, _find(connection, misspelt, only, most))
        if len(words) == 1:
            for names in written_together(words[0]):
                _add(found, _find(connection, [of_word(each) for each in names], only, most))
    return [each for each in found.values() if only in (None, each.entity)][:most]


def _add(found: dict[tuple[str, str], Match], more: Sequence[Match]) -> None:
    for each in more:
        found.setdefault((each.entity, each.id), each)


def _misspelt(connection: "DuckDBPyConnection", word: str) -> Terms:
    plain = of_word(word)
    if len(word) < _SHORTEST_MISSPELT or word.isdigit():
        return plain
    rows = connection.execute(
        statement("workbench/similar_words"),
        {
            "word": word,
            "shortest": len(word) - 2,
            "longest": len(word) + 2,
            "least": _ALIKE,
            "most": _SIMILAR_WORDS,
        },
    ).fetchall()
    alike = {found: similarity for found, similarity in rows if found != word}
    return Terms(plain.exact, plain.beginnings, alike=alike)


def _find(
    connection: "DuckDBPyConnection", words: Sequence[Terms], only: str | None, most: int
) -> list[Match]:
    """Whom all words find, the best first."""
    values: dict[str, Any] = {}
    queries = [
        query
        for position, each in enumerate(words)
        for query in selects(each, position, only, values)
    ]
    if not queries:
        return []
    terms = " union all ".join(queries)
    best = connection.execute(
        statement("workbench/find_best", terms=terms),
        {**values, "words": len(words), "most": most * _CONSIDERED},
    ).fetchall()
    if not best:
        return []
    scores = dict(best)
    owners = _owners(connection, list(scores))
    chosen = sorted(owners, key=lambda each: (-scores[each], -owners[each].records, each))[:most]
    # Why is found out of those alone that are shown: of all, it would take ten times as long.
    rows = connection.execute(
        statement("workbench/find_reasons", terms=terms, numbers=_listed(chosen)),
        values,
    ).fetchall()
    reasons: dict[int, list[Reason]] = {}
    for number, reason in rows:
        reasons.setdefault(number, []).append(Reason(**reason))
    return [replace(owners[each], reasons=tuple(reasons.get(each, ()))) for each in chosen]


def _owners(connection: "DuckDBPyConnection", numbers: Sequence[int]) -> dict[int, Match]:
    """The owners of some numbers."""
    rows = connection.execute(statement("workbench/owners", numbers=_listed(numbers))).fetchall()
    return {
        number: Match(entity, owner, records, (), json.loads(shown) if shown else {})
        for number, entity, owner, records, shown in rows
    }


def _listed(numbers: Sequence[int]) -> str:
    """Numbers as SQL: of those that are bound, DuckDB doesn't know what it may leave out."""
    return ", ".join(map(str, numbers))


def _by_id(
    connection: "DuckDBPyConnection", published: Published, text: str, most: int
) -> Iterator[Match]:
    """Whose ID it is, was, or begins with."""
    if len(text) < _SHORTEST_ID or " " in text:
        return
    numbers = connection.execute(
        statement("workbench/find_ids"),
        {"beginning": text, "beyond": text + BEYOND, "most": most},
    ).fetchall()
    if numbers:
        for each in _owners(connection, [number for (number,) in numbers]).values():
            yield replace(each, reasons=(Reason("id", text, CURRENT_ID),))
        return
    for entity in published.entities.values():
        successor = _successor(connection, entity, text)
        if successor is not None:
            for each in _with_id(connection, entity.entity, successor):
                yield replace(each, reasons=(Reason("id", text, FORMER_ID),))


def _successor(connection: "DuckDBPyConnection", entity: Entity, former: str) -> str | None:
    """To whom a retired ID leads; None of one that isn't."""
    registry = entity.tables.qualified(entity.tables.customer_id_registry)
    seen: list[str] = []
    current: str | None = former
    while current is not None and current not in seen:
        seen.append(current)
        rows = connection.execute(
            f"select successor from {registry} where customer_id = ?", [current]
        ).fetchall()
        current = rows[0][0] if rows else None
    return seen[-1] if len(seen) > 1 else None


def _with_id(connection: "DuckDBPyConnection", entity: str, owner: str) -> list[Match]:
    rows = connection.execute(
        "select number from search.owners where id = ? and entity = ?", [owner, entity]
    ).fetchall()
    return list(_owners(connection, [number for (number,) in rows]).values()) if rows else []


def _by_record(
    connection: "DuckDBPyConnection", published: Published, text: str
) -> Iterator[Match]:
    """Whose record SOURCE:ID names."""
    name = RecordName.parse(text)
    if not name.source:
        return
    rows = connection.execute(
        statement("workbench/find_record"), {"term": name.record_id.lower(), "most": MOST}
    ).fetchall()
    for entity, owner in rows:
        tables = published.entities[entity].tables
        theirs = connection.execute(
            f"select 1 from {tables.qualified(tables.resolution_state)} "
            "where customer_id = ? and source = ? and source_record_id = ?",
            [owner, name.source, name.record_id],
        ).fetchall()
        if theirs:
            for each in _with_id(connection, entity, owner):
                yield replace(each, reasons=(Reason(RECORD, text, EXACT),))


def _normalised(text: str, country: str) -> tuple[list[str], list[str]]:
    found = _normalising()({"query": text, "country": country})
    whole, words = (list(dict.fromkeys(filter(None, found[each]))) for each in ("whole", "words"))
    return whole, words


@cache
def _normalising() -> EndlessQuery:
    query = statement("workbench/normalised", rows="{rows}", words=WORDS.format(value="query"))
    return EndlessQuery(("query", "country"), query)
