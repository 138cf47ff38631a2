"""To whom a record would belong, by the exact rules in force, without resolving anything.

The record's match keys are made as a lookup makes them; who has the same values is in the index of
the search. Limits, over-shared values and spellings of names hold as they do in a run. Similar
rules compare too many values for an answer at once: the answer names them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
from customer_platform.publishing.search_index import has_keys
from customer_platform.suggestions import suggestion
from customer_platform.workbench.keying import columns_of_record, keying_of
from customer_platform.workbench.neighbours import (
    Member,
    read_kept_apart,
    read_members,
    read_over_shared,
    read_owners,
)
from customer_platform.workbench.reading import Published


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


@dataclass
class _Group:
    """Those that the record joins so far, and their records."""

    owners: list[str] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)


def match(published: Published, entity: Entity, record: Mapping[str, str | None]) -> Matched:
    """To whom a record would belong.

    Args:
        published: The publication.
        entity: What it is a record of.
        record: By attribute, its value as text; and its source, which a key may hold.

    Raises:
        MatchError: The entity has no such attribute, or its rules have changed since.
        NoEvidenceError: The publication has no evidence.
    """
    known = columns_of_record(entity)
    unknown = sorted(set(record) - set(known))
    if unknown:
        raise MatchError(
            f"a {entity.entity} has no attribute {unknown[0]!r}" + suggestion(unknown[0], known)
        )
    keyed = keying_of(published, entity)(record)
    asked = Member("", keyed["digests"], keyed["limits"], keyed["people"])
    rules = entity.rules.match_rules
    with published.evidence() as connection:
        if not has_keys(connection, entity.entity, entity.rules):
            raise MatchError(
                f"the rules of {entity.path} have changed since the last publication: "
                "`customer-platform run` resolves the records by them and publishes again"
            )
        owners = read_owners(connection, entity, asked)
        found_by_any = {owner for found in owners.values() for owner in found}
        members = read_members(connection, entity, found_by_any)
        over_shared = read_over_shared(connection, entity, asked)
        apart = read_kept_apart(connection, entity, found_by_any)
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
                because = (
                    "override different"
                    if any(frozenset((owner, each)) in apart for each in group.owners)
                    else _broken_limit(entity, [*group.members, *members[owner]])
                )
                if because:
                    refused.append(Refusal(rule.name, owner, because))
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


def _too_many(
    rule: MatchRule,
    position: int,
    found: Mapping[str, int],
    members: Mapping[str, Sequence[Member]],
    asked: Member,
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


def _broken_limit(entity: Entity, members: Sequence[Member]) -> str | None:
    """The first limit that records would exceed as one."""
    rules = entity.rules
    for position, (key, most) in enumerate(rules.limits.items()):
        if key in rules.people:
            names = [each.people[rules.people.index(key)] for each in members]
            if _are_more_people(names, most):
                return f"limit {key}"
        elif len({each.limits[position] for each in members} - {None}) > most:
            return f"limit {key}"
    return None


def _are_more_people(names: Sequence[str | None], most: int) -> bool:
    """Whether names are those of more people, however they are spelt."""
    spellings, [ids] = read_spellings([pa.array(names, pa.string())])
    found, count = np.empty(MOST_SPELLINGS, dtype=np.int32), 0
    for each in ids:
        count = with_spelling(spellings, found, count, each)
    return bool(are_more_people(spellings, found, count, most))
