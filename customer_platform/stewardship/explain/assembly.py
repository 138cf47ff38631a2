"""Puts customers together: their records, links, and what supports every link."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from customer_platform.identity.rules import OVERRIDE_RULE, ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import (
    KeyValue,
    Link,
    Override,
    Record,
    RecordName,
    SharedValue,
)
from customer_platform.stewardship.explain.overrides import read_overrides
from customer_platform.stewardship.explain.reading import (
    KeyedMembers,
    Member,
    key_value,
    ordered,
    ordered_keys,
    read_members,
    read_values,
)
from customer_platform.stewardship.explain.similarity import SimilarPairs, read_similar
from customer_platform.stewardship.explain.strength import Support, support_of_links

Overrides = Mapping[tuple[RecordName, RecordName], Override]


@dataclass(frozen=True)
class Assembled:
    """Some customers, whole.

    Attributes:
        records: By name.
        linked_to: Per record the record it is linked to; None for a founding record.
        links: Per record its link; a founding record has none.
        shared: Which records match which, within each customer; of millions of similar pairs, the
            most probable.
        sizes: Records per customer.
    """

    records: dict[RecordName, Record]
    linked_to: dict[RecordName, RecordName | None]
    links: dict[RecordName, Link]
    shared: tuple[SharedValue, ...]
    sizes: Mapping[str, int]


def priorities(rules: ResolutionRules) -> dict[str, int]:
    """The position of every rule."""
    return {rule.name: number for number, rule in enumerate(rules.match_rules)}


def assemble(store: IdentityStore, customer_ids: Sequence[str]) -> Assembled:
    """Reads customers and weighs their links.

    Args:
        store: The map, made by the store's rules.
        customer_ids: The customers.

    Raises:
        ExplainError: The links of a customer don't lead to its founding record.
    """
    members = read_members(store, customer_ids)
    names = [member.name for member in members]
    keyed = read_values(store, names)
    overrides = read_overrides(store.connection, store.tables, names)
    similar = read_similar(store, names)
    inside = similar.within([member.customer_id for member in members])
    shared = _shared_values(members, keyed, store.rules, overrides)
    linked_to = {member.name: member.linked_to for member in members}
    support = support_of_links(linked_to, [value.records for value in shared], inside.positions)
    sizes = Counter(member.customer_id for member in members)
    links = {
        member.name: _link(
            member, member.linked_to, keyed, store.rules, overrides, similar, support, sizes
        )
        for member in members
        if member.linked_to is not None
    }
    return Assembled(
        records={member.name: _record(member, keyed, store.rules) for member in members},
        linked_to=linked_to,
        links=links,
        shared=(*shared, *(SharedValue(rule, pair) for rule, pair in inside.named())),
        sizes=sizes,
    )


def _shared_values(
    members: Sequence[Member],
    keyed: KeyedMembers,
    rules: ResolutionRules,
    overrides: Overrides,
) -> tuple[SharedValue, ...]:
    customer_of = {member.name: member.customer_id for member in members}
    groups: dict[tuple[str, int, int], list[RecordName]] = {}
    for member in members:
        for number, value in enumerate(keyed.hashes.get(member.name, ())):
            if value is not None:
                groups.setdefault((member.customer_id, number, value), []).append(member.name)
    shared = [
        SharedValue(rules.match_rules[number].name, tuple(group))
        for (_, number, _), group in groups.items()
        if len(group) > 1 and keyed.are_linking(rules.match_rules[number], group[0], number)
    ]
    shared += [
        SharedValue(OVERRIDE_RULE, pair)
        for pair in overrides
        if customer_of[pair[0]] == customer_of[pair[1]]
    ]
    return tuple(shared)


def _link(
    member: Member,
    linked_to: RecordName,
    keyed: KeyedMembers,
    rules: ResolutionRules,
    overrides: Overrides,
    similar: SimilarPairs,
    support: Mapping[RecordName, Support],
    sizes: Mapping[str, int],
) -> Link:
    rule = member.rule or ""
    pair = ordered(member.name, linked_to)
    matching = matching_rules(keyed, rules, member.name, linked_to)
    alike = similar.of(pair)
    override = overrides.get(pair)
    holds = override is not None if rule == OVERRIDE_RULE else rule in {*matching, *alike}
    others = [OVERRIDE_RULE] if override else []
    others += [each.name for each in rules.match_rules if each.name in {*matching, *alike}]
    strength = support[member.name]
    return Link(
        record=member.name,
        linked_to=linked_to,
        rule=rule,
        values=_rule_values(rule, keyed, rules, member.name) if rule in matching else (),
        sharing=matching.get(rule),
        also_matched_by=tuple(other for other in others if other != rule),
        # The link itself is one of the matches, as long as it holds.
        supporting_matches=strength.matches - holds,
        parts=(sizes[member.customer_id] - strength.below, strength.below),
        is_bridge=strength.is_bridge,
        holds=holds,
        override=override if rule == OVERRIDE_RULE else None,
        similarity=alike.get(rule),
    )


def matching_rules(
    keyed: KeyedMembers, rules: ResolutionRules, left: RecordName, right: RecordName
) -> dict[str, int]:
    """The exact rules that match two records, by priority, and how many records share the values.

    Values that too many records or people share to link by are left out.
    """
    hashes = (keyed.hashes.get(left, ()), keyed.hashes.get(right, ()))
    found = {}
    for number, (mine, theirs) in enumerate(zip(*hashes, strict=False)):
        if mine is not None and mine == theirs:
            rule = rules.match_rules[number]
            if keyed.are_linking(rule, left, number):
                found[rule.name] = keyed.sharing_of(left, number)
    return found


def _rule_values(
    rule: str, keyed: KeyedMembers, rules: ResolutionRules, name: RecordName
) -> tuple[KeyValue, ...]:
    keys = next(each.match for each in rules.match_rules if each.name == rule)
    return tuple(key_value(keyed, rules, name, key) for key in keys)


def _record(member: Member, keyed: KeyedMembers, rules: ResolutionRules) -> Record:
    keys = ordered_keys(rules) if member.name in keyed.values else []
    return Record(
        name=member.name,
        customer_id=member.customer_id,
        is_founding=member.linked_to is None,
        values=tuple(key_value(keyed, rules, member.name, key) for key in keys),
        valid_from=member.valid_from,
        reason=member.reason,
    )
