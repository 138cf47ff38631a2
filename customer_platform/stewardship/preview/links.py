"""Why two records would be linked, or would be no longer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from customer_platform.identity.rules import OVERRIDE_RULE, MatchRule, ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import KeyValue, RecordName
from customer_platform.stewardship.explain.reading import KeyedMembers, key_value, read_values
from customer_platform.stewardship.preview.model import SPLIT, ChangedLink

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class ChangedPair:
    """Two linked records of different parts of a merge or split.

    Attributes:
        kind: `merge` or `split`.
        customer_id: The customer that merges or splits.
        record: The record that is linked.
        linked_to: The record it is linked to.
        rule: By which rule.
        customers: The customers that the two would have; None for a record that is gone.
    """

    kind: str
    customer_id: str
    record: RecordName
    linked_to: RecordName
    rule: str
    customers: tuple[str | None, str | None]


def explain_links(
    store: IdentityStore, current_rules: ResolutionRules | None, pairs: Sequence[ChangedPair]
) -> dict[ChangedPair, ChangedLink]:
    """Adds values to links, and reasons to those that would be no more.

    Args:
        store: The records, and the rules that are tried; the maps are compared.
        current_rules: The rules that the current map was made by, where they are known.
        pairs: The links.
    """
    if not pairs:
        return {}
    keyed = read_values(store, _names(pairs))
    ending = [pair for pair in pairs if pair.kind == SPLIT]
    refusals = _refusals(store, ending)
    had = (
        read_values(replace(store, rules=current_rules), _names(ending))
        if current_rules and ending
        else KeyedMembers()
    )
    return {
        pair: _ended(pair, store.rules, keyed, current_rules or store.rules, had, refusals)
        if pair.kind == SPLIT
        else _made(pair, store.rules, keyed)
        for pair in pairs
    }


def _made(pair: ChangedPair, rules: ResolutionRules, keyed: KeyedMembers) -> ChangedLink:
    values, sharing = _shared_values(pair, rules, keyed)
    return ChangedLink(pair.record, pair.linked_to, pair.rule, values, sharing, reason=None)


def _ended(
    pair: ChangedPair,
    rules: ResolutionRules,
    keyed: KeyedMembers,
    current_rules: ResolutionRules,
    had: KeyedMembers,
    refusals: dict[frozenset[str | None], str],
) -> ChangedLink:
    values, sharing = _shared_values(pair, current_rules, had)
    reason = refusals.get(frozenset(pair.customers)) or why_no_more(pair, rules, keyed)
    return ChangedLink(pair.record, pair.linked_to, pair.rule, values, sharing, reason)


def _shared_values(
    pair: ChangedPair, rules: ResolutionRules, keyed: KeyedMembers
) -> tuple[tuple[KeyValue, ...], int | None]:
    """The values that two records share by their rule, and how many records have them."""
    number, rule = _rule(rules, pair.rule)
    hashes = [keyed.hashes.get(name) for name in (pair.record, pair.linked_to)]
    if rule is None or hashes[0] is None or hashes[1] is None:
        return (), None
    if hashes[0][number] is None or hashes[0][number] != hashes[1][number]:
        return (), None
    values = tuple(key_value(keyed, rules, pair.record, key) for key in rule.match)
    return values, keyed.sharing_of(pair.record, number)


def why_no_more(pair: ChangedPair, rules: ResolutionRules, keyed: KeyedMembers) -> str:
    """Why rules don't link two records that were linked by a rule of that name.

    Args:
        pair: The link there was.
        rules: The rules that are tried.
        keyed: The match keys of both records by these rules.
    """
    for name in (pair.record, pair.linked_to):
        if name not in keyed.values:
            return f"{name} is not among the records any more"
    if pair.rule == OVERRIDE_RULE:
        return "the override is not there any more"
    number, rule = _rule(rules, pair.rule)
    if rule is None:
        return f"there is no rule {pair.rule} any more"
    if rule.similar:
        stated = rule.similar.threshold
        sure = f"{100 * stated:g}% sure" if stated else "sure enough"
        return f"the rule is not {sure} of the two any more"
    missing, differing = [], []
    for key in rule.match:
        mine = keyed.values[pair.record].get(key)
        theirs = keyed.values[pair.linked_to].get(key)
        if mine is None or theirs is None:
            missing.append(key)
        elif mine != theirs:
            differing.append(key)
    if missing:
        return f"{' and '.join(missing)} of the two is missing or ignored"
    if differing:
        return f"{' and '.join(differing)} of the two is not equal"
    sharing = keyed.sharing_of(pair.record, number)
    people = keyed.people_of(pair.record, number)
    if people:
        return (
            f"{sharing:,} records of {people:,} different names have the value: the rule links at "
            f"most {rule.max_people_per_value:,} people"
        )
    if not keyed.are_linking(rule, pair.record, number):
        return f"{sharing:,} records have the value: the rule links at most " + (
            f"{rule.max_records_per_value:,}"
        )
    return "a limit or an override keeps the two apart"


def _rule(rules: ResolutionRules, name: str) -> tuple[int, MatchRule | None]:
    for number, rule in enumerate(rules.match_rules):
        if rule.name == name:
            return number, rule
    return -1, None


def _names(pairs: Sequence[ChangedPair]) -> list[RecordName]:
    return sorted({name for pair in pairs for name in (pair.record, pair.linked_to)})


def _refusals(
    store: IdentityStore, pairs: Sequence[ChangedPair]
) -> dict[frozenset[str | None], str]:
    """What refused to link two customers, by the two."""
    wanted = [customer for pair in pairs for customer in pair.customers if customer]
    rows = store.rows("stewardship/preview_refusals", {"customer_ids": wanted})
    return {
        frozenset(row[:2]): f"refused by {row[2]}: {row[3]} and {row[4]} are on the two sides"
        for row in rows
    }
