"""Finds a customer, a buyer, an account, ... by whatever is known of it.

What is looked for is made comparable as the values of records are. Whole, it is the beginning of a
value, or a number, an ID; in words, everyone is found whose names and values hold all of them.
Where that finds few, words that are spelt like them count, too.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from customer_platform.stewardship.explain import RecordName
from customer_platform.warehouse.functions.countries import calling_code
from customer_platform.warehouse.sql import literal, statement
from customer_platform.workbench.normalising import EndlessQuery
from customer_platform.workbench.reading import Published

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Longer than any address that anybody types.
LONGEST = 200
MOST = 20

_WORDS = 6
# From how many letters on a text is taken for a beginning, or for one that is misspelt.
_SHORTEST_BEGINNING = 2
_SHORTEST_MISSPELT = 4
# jansen and janssen have 0.97, jansen and jnasen 0.95, jansen and hansen 0.89.
_ALIKE = 0.9
_SIMILAR_WORDS = 8
# With fewer results, words that are spelt alike are looked for.
_FEW = 5
_BEYOND = chr(0x10FFFF)

EXACT, BEGINS, ALIKE, CURRENT_ID, FORMER_ID = "exact", "begins", "alike", "id", "former id"


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
    """

    entity: str
    id: str
    records: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Candidates:
    """Terms to look for, for one word of the search; each with what it is worth, up to 1.

    Attributes:
        exact: Values as they are.
        beginnings: Beginnings of words of names.
        of_values: Beginnings of other values.
        alike: Words of names that are spelt like it, with how much they are alike.
    """

    exact: Sequence[str] = ()
    beginnings: Sequence[str] = ()
    of_values: Sequence[str] = ()
    alike: Mapping[str, float] = field(default_factory=dict)


def search(published: Published, query: str, most: int = MOST) -> list[Match]:
    """Who is found, the best match first.

    Args:
        published: The publication.
        query: What somebody types, of at most `LONGEST` characters.
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
                *_find(connection, [_whole(whole, text, country)], most),
            ]
        }
        if len(words) > 1 or words != whole:
            _add(found, _find(connection, [_word(each) for each in words[:_WORDS]], most))
        if len(found) < _FEW and any(len(each) >= _SHORTEST_MISSPELT for each in words):
            misspelt = [_misspelt(connection, each) for each in words[:_WORDS]]
            _add(found, _find(connection, misspelt, most))
    return list(found.values())[:most]


def _add(found: dict[tuple[str, str], Match], more: Sequence[Match]) -> None:
    for each in more:
        found.setdefault((each.entity, each.id), each)


def _whole(whole: Sequence[str], text: str, country: str) -> Candidates:
    """All that was typed as one value, or as the beginning of one."""
    begun = [each for each in [*whole, *_begun_phone(text, country)] if len(each) > 2]
    return Candidates(exact=whole, of_values=begun)


def _begun_phone(text: str, country: str) -> list[str]:
    """The beginning of a number as it is kept: 06 12 of the Netherlands is +3161 2."""
    digits = "".join(filter(str.isdigit, text))
    if len(digits) < 4 or any(each.isalpha() for each in text) or text.startswith("+"):
        return []
    return [f"+{calling_code(country)}{digits[1:]}"] if digits.startswith("0") else []


def _word(word: str) -> Candidates:
    begins = [word] if len(word) >= _SHORTEST_BEGINNING else []
    return Candidates(exact=[word], beginnings=begins)


def _misspelt(connection: "DuckDBPyConnection", word: str) -> Candidates:
    plain = _word(word)
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
    return Candidates(plain.exact, plain.beginnings, alike=alike)


def _find(connection: "DuckDBPyConnection", words: Sequence[Candidates], most: int) -> list[Match]:
    values: dict[str, Any] = {}
    selects = [
        select for position, each in enumerate(words) for select in _selects(each, position, values)
    ]
    if not selects:
        return []
    rows = connection.execute(
        statement("workbench/find_owners", candidates=" union all ".join(selects)),
        {**values, "words": len(words), "most": most},
    ).fetchall()
    return [
        Match(entity, owner, records, tuple(Reason(**each) for each in reasons))
        for entity, owner, records, _, reasons in rows
    ]


def _selects(each: Candidates, position: int, values: dict[str, Any]) -> Iterator[str]:
    """Queries of candidates; what they look for is added to the values that are bound."""

    def bound(value: str) -> str:
        name = f"value_{len(values)}"
        values[name] = value
        return f"${name}"

    def select(how: str, worth: float, condition: str) -> str:
        return statement(
            "workbench/candidates",
            place=str(position),
            kind_of_match=literal(how),
            worth=f"{worth:.4f}",
            condition=condition,
        )

    # A condition each: of several values, DuckDB reads all that lie between them.
    for term in dict.fromkeys(each.exact):
        yield select(EXACT, 1.0, f"term = {bound(term)}")
    for term in each.beginnings:
        between = f"term > {bound(term)} and term < {bound(term + _BEYOND)}"
        yield select(BEGINS, 0.9, f"{between} and is_word")
    for term in each.of_values:
        between = f"term > {bound(term)} and term < {bound(term + _BEYOND)}"
        yield select(BEGINS, 0.85, f"{between} and not is_word")
    for term, similarity in each.alike.items():
        yield select(ALIKE, 0.8 * similarity, f"term = {bound(term)} and is_word")


def _by_id(
    connection: "DuckDBPyConnection", published: Published, text: str, most: int
) -> Iterator[Match]:
    """Whose ID it is, was, or begins with."""
    if len(text) < _SHORTEST_MISSPELT or " " in text:
        return
    rows = connection.execute(
        statement("workbench/find_ids"),
        {"beginning": text, "beyond": text + _BEYOND, "most": most},
    ).fetchall()
    for entity, owner, records in rows:
        yield Match(entity, owner, records, (Reason("id", text, CURRENT_ID),))
    for entity in published.entities.values():
        tables = entity.tables
        redirects = connection.execute(
            statement(
                "workbench/find_former_id",
                redirects=tables.qualified(tables.customer_id_redirects),
            ),
            {"id": text, "entity": entity.entity},
        ).fetchall()
        for owner, records in redirects:
            yield Match(entity.entity, owner, records, (Reason("id", text, FORMER_ID),))


def _by_record(
    connection: "DuckDBPyConnection", published: Published, text: str
) -> Iterator[Match]:
    """Whose record SOURCE:ID names."""
    name = RecordName.parse(text)
    if not name.source:
        return
    for entity in published.entities.values():
        tables = entity.tables
        rows = connection.execute(
            statement("workbench/find_record", state=tables.qualified(tables.resolution_state)),
            {"source": name.source, "record": name.record_id, "entity": entity.entity},
        ).fetchall()
        for owner, records in rows:
            yield Match(entity.entity, owner, records, (Reason("record", text, EXACT),))


def _normalised(text: str, country: str) -> tuple[list[str], list[str]]:
    found = _normalising()({"query": text, "country": country})
    whole, words = (list(dict.fromkeys(filter(None, found[each]))) for each in ("whole", "words"))
    return whole, words


@cache
def _normalising() -> EndlessQuery:
    return EndlessQuery(("query", "country"), statement("workbench/normalised", rows="{rows}"))
