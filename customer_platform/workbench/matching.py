"""To whom a record would belong, by the exact rules in force, without resolving anything.

The record's match keys are made as a lookup makes them; who has the same values is in the index of
the search. Limits, over-shared values and spellings of names hold as they do in a run. Similar
rules compare too many values for an answer at once: the answer names them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from customer_platform.declarations import Entity
from customer_platform.errors import MatchError
from customer_platform.identity.matching.links import count_people
from customer_platform.identity.matching.spellings import (
    MOST_SPELLINGS,
    are_more_people,
    read_spellings,
    with_spelling,
)
from customer_platform.identity.rules import MatchRule
from customer_platform.suggestions import suggestion
from customer_platform.warehouse.sql import literal, statement
from customer_platform.workbench.keying import keying_of
from customer_platform.workbench.reading import Published

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# With more owners than that, a value is nobody's.
_MOST_OWNERS = 500


@dataclass(frozen=True)
class MatchReason:
    """A rule by which a record would be linked to somebody.

    Attributes:
        rule: The rule.
        id: Whom it links to.
        records: How many of their records have the values.
        values: The values, by match key.
    """

    rule: str
    id: str
    records: int
    values: Mapping[str, str]


@dataclass(frozen=True)
class Refusal:
    """A link that a rule asks for, and that isn't made.

    Attributes:
        rule: The rule.
        id: Whom it would link to; None where the value links nobody.
        because: Why it isn't made.
    """

    rule: str
    id: str | None
    because: str


@dataclass(frozen=True)
class Matched:
    """To whom a record would belong.

    Attributes:
        entity: The entity.
        id: Their ID; None where the record would be somebody new.
        merges: Others who would become one with them because of this record.
        reasons: The rules that link it, the first one first.
        refused: Links that aren't made.
        keys: The record's match keys; None for one without a value.
        not_compared: Similar rules, which may link the record when a run resolves it.
    """

    entity: str
    id: str | None
    merges: tuple[str, ...]
    reasons: tuple[MatchReason, ...]
    refused: tuple[Refusal, ...]
    keys: Mapping[str, str | None]
    not_compared: tuple[str, ...]


@dataclass(frozen=True)
class _Member:
    """A record of somebody, or the one that is asked about: what rules and limits read."""

    owner: str
    hashes: Sequence[int | None]
    limits: Sequence[int | None]
    people: Sequence[str | None]


@dataclass
class _Group:
    """Those that the record joins so far, and their records."""

    owners: list[str] = field(default_factory=list)
    members: list[_Member] = field(default_factory=list)


def match(published: Published, entity: Entity, record: Mapping[str, str | None]) -> Matched:
    """To whom a record would belong.

    Args:
        published: The publication.
        entity: What it is a record of.
        record: By attribute, its value as text.

    Raises:
        MatchError: The entity has no such attribute.
        NoEvidenceError: The publication has no evidence.
    """
    unknown = sorted(set(record) - set(entity.attributes))
    if unknown:
        raise MatchError(
            f"a {entity.entity} has no attribute {unknown[0]!r}"
            + suggestion(unknown[0], entity.attributes)
        )
    keyed = keying_of(published, entity)(record)
    asked = _Member("", keyed["digests"], keyed["limits"], keyed["people"])
    rules = entity.rules.match_rules
    with published.evidence() as connection:
        owners = _owners(connection, entity, asked)
        members = _members(
            connection, entity, {each for found in owners.values() for each in found}
        )
        over_shared = _over_shared(connection, entity, asked)
    reasons, refused = [], []
    group = _Group(members=[asked])
    for position, rule in enumerate(rules):
        found = owners.get(position, {})
        if not found:
            continue
        because = _too_many(rule, position, found, members, asked, over_shared)
        if because:
            refused.append(Refusal(rule.name, None, because))
            continue
        values = {key: keyed["made_keys"][key] for key in rule.match}
        for owner, records in sorted(found.items(), key=lambda each: (-each[1], each[0])):
            if owner not in group.owners:
                limit = _broken_limit(entity, [*group.members, *members[owner]])
                if limit:
                    refused.append(Refusal(rule.name, owner, f"limit {limit}"))
                    continue
                group.owners.append(owner)
                group.members += members[owner]
            reasons.append(MatchReason(rule.name, owner, records, values))
    return Matched(
        entity=entity.entity,
        id=group.owners[0] if group.owners else None,
        merges=tuple(group.owners[1:]),
        reasons=tuple(reasons),
        refused=tuple(refused),
        keys=keyed["made_keys"],
        not_compared=tuple(rule.name for rule in rules if rule.similar),
    )


def _owners(
    connection: "DuckDBPyConnection", entity: Entity, asked: _Member
) -> dict[int, dict[str, int]]:
    """By position of a rule, who has the record's values, and how many of their records do."""
    values = {position: value for position, value in enumerate(asked.hashes) if value is not None}
    if not values:
        return {}
    # A query each: of several values, DuckDB reads all that lie between them.
    queries = [
        statement(
            "workbench/keys",
            place=str(position),
            hash=str(value),
            the_entity=literal(entity.entity),
            the_rule=literal(entity.rules.match_rules[position].name),
        )
        for position, value in values.items()
    ]
    together = " union all ".join(f"({each})" for each in queries)
    rows = connection.execute(together, {"most": _MOST_OWNERS}).fetchall()
    if not rows:
        return {}
    numbers = ", ".join(sorted({str(number) for _, number, _ in rows}))
    ids = dict(
        connection.execute(
            f"select number, id from search.owners where number in ({numbers})"
        ).fetchall()
    )
    found: dict[int, dict[str, int]] = {}
    for position, number, records in rows:
        found.setdefault(position, {})[ids[number]] = records
    return found


def _members(
    connection: "DuckDBPyConnection", entity: Entity, owners: set[str]
) -> dict[str, list[_Member]]:
    """The records of some owners."""
    if not owners:
        return {}
    rules, tables = entity.rules, entity.tables
    columns = [
        *(f"rule_{position}" for position in range(len(rules.match_rules))),
        *(f"limit_{position}" for position in range(len(rules.limits))),
        *(f"person_{position}" for position in range(len(rules.people))),
    ]
    rows = connection.execute(
        f"select customer_id, {', '.join(columns)} "
        f"from {tables.qualified(tables.resolution_state)} "
        f"where customer_id in ({', '.join(map(literal, sorted(owners)))})"
    ).fetchall()
    first, second = len(rules.match_rules), len(rules.match_rules) + len(rules.limits)
    found: dict[str, list[_Member]] = {owner: [] for owner in owners}
    for owner, *values in rows:
        found[owner].append(_Member(owner, values[:first], values[first:second], values[second:]))
    return found


def _over_shared(
    connection: "DuckDBPyConnection", entity: Entity, asked: _Member
) -> set[tuple[str, int]]:
    """Rules and values of the record that a run found too many to share."""
    tables = entity.tables
    values = ", ".join(str(value) for value in asked.hashes if value is not None)
    if not values:
        return set()
    rows: list[tuple[str, int]] = connection.execute(
        f"select rule, value_hash from {tables.qualified(tables.over_shared_values)} "
        f"where value_hash in ({values})"
    ).fetchall()
    return set(rows)


def _too_many(
    rule: MatchRule,
    position: int,
    found: Mapping[str, int],
    members: Mapping[str, Sequence[_Member]],
    asked: _Member,
    over_shared: set[tuple[str, int]],
) -> str | None:
    """Why a value is shared by too many, this record included; None where it isn't."""
    value = asked.hashes[position]
    if (rule.name, value) in over_shared:
        return "over-shared value"
    sharing = [each for owner in found for each in members[owner] if each.hashes[position] == value]
    most = rule.max_records_per_value
    if most is not None and len(sharing) + 1 > most:
        return f"over-shared value: more than {most} records have it"
    if rule.max_people_per_value is None or not asked.people:
        return None
    sharing.append(asked)
    names = [
        pa.array(column, pa.string())
        for column in zip(*(each.people for each in sharing), strict=True)
    ]
    hashes = np.full(len(sharing), value, dtype=np.uint64)
    people = count_people(hashes, names, rule.max_people_per_value)
    if people.too_many[0]:
        return f"over-shared value: more than {rule.max_people_per_value} people have it"
    return None


def _broken_limit(entity: Entity, members: Sequence[_Member]) -> str | None:
    """The first limit that records would exceed as one."""
    rules = entity.rules
    for position, (key, most) in enumerate(rules.limits.items()):
        if key in rules.people:
            names = [each.people[rules.people.index(key)] for each in members]
            if _are_more_people(names, most):
                return key
        elif len({each.limits[position] for each in members} - {None}) > most:
            return key
    return None


def _are_more_people(names: Sequence[str | None], most: int) -> bool:
    """Whether names are those of more people, however they are spelt."""
    spellings, [ids] = read_spellings([pa.array(names, pa.string())])
    found, count = np.empty(MOST_SPELLINGS, dtype=np.int32), 0
    for each in ids:
        count = with_spelling(spellings, found, count, each)
    return bool(are_more_people(spellings, found, count, most))
