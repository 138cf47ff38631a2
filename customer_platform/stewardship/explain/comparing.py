"""What the match rules say of two records that are two customers."""

from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.assembly import key_value
from customer_platform.stewardship.explain.model import KeyComparison, RecordName, RuleComparison
from customer_platform.stewardship.explain.reading import ordered, read_values
from customer_platform.stewardship.explain.similarity import read_similar, similarities


def compare_by_rules(
    store: IdentityStore, left: RecordName, right: RecordName
) -> tuple[RuleComparison, ...]:
    """What every rule says of two records, in priority order.

    Args:
        store: The records, the rules, and where the map is kept.
        left: A record.
        right: Another.
    """
    keyed = read_values(store, [left, right])
    kept = read_similar(store, [left, right]).get(ordered(left, right), {})
    comparisons = []
    for number, rule in enumerate(store.rules.match_rules):
        keys = []
        for key in rule.keys:
            mine = key_value(keyed, store.rules, left, key)
            theirs = key_value(keyed, store.rules, right, key)
            equal = mine.value is not None and mine.value == theirs.value
            keys.append(KeyComparison(mine, theirs, equal))
        over_shared_by = people = None
        if not rule.similar and all(key.equal for key in keys):
            people = keyed.people_of(left, number)
            if not keyed.are_linking(rule, left, number):
                over_shared_by = keyed.sharing_of(left, number)
        found = similarities(store, rule, [(left, right)])
        comparisons.append(
            RuleComparison(
                rule.name,
                tuple(keys),
                over_shared_by,
                over_shared_people=people,
                is_similar_rule=rule.similar is not None,
                similarity=found.get((left, right), kept.get(rule.name)),
                is_kept_pair=rule.name in kept,
            )
        )
    return tuple(comparisons)
