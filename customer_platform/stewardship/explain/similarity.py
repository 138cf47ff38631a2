"""How similar records are, and what the match rules say of two that are two customers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from customer_platform.identity.keeping.similar_tables import (
    kept_models,
    kept_thresholds,
    similar_rules,
)
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.similar.contributions import ScoredPair, score_pairs
from customer_platform.identity.similar.engine import has_splink
from customer_platform.identity.similar.model import threshold_of
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import (
    Contribution,
    KeyComparison,
    KeyValue,
    Link,
    RecordName,
    RuleComparison,
    Similarity,
)
from customer_platform.stewardship.explain.reading import key_value, ordered, read_values

Pair = tuple[RecordName, RecordName]
# By two names in their order, per rule that links the two, how similar they are.
SimilarPairs = Mapping[Pair, Mapping[str, Similarity]]


def read_similar(store: IdentityStore, names: Collection[RecordName]) -> SimilarPairs:
    """The kept pairs that link, of which both records are among some names."""
    if not similar_rules(store.rules) or not store.has(store.tables.similar_pairs):
        return {}
    wanted = sorted(names)
    rows = store.rows(
        "stewardship/similar_between",
        {
            "sources": [name.source for name in wanted],
            "record_ids": [name.record_id for name in wanted],
        },
    )
    thresholds = kept_thresholds(store)
    found: dict[Pair, dict[str, Similarity]] = {}
    for rule, source, record_id, other_source, other_id, probability in rows:
        if rule in thresholds and probability >= thresholds[rule]:
            pair = ordered(RecordName(source, record_id), RecordName(other_source, other_id))
            found.setdefault(pair, {})[rule] = Similarity(probability, thresholds[rule])
    return found


def with_contributions(store: IdentityStore, links: Sequence[Link]) -> list[Link]:
    """The links, those by similar rules with the contribution of every match key."""
    found = {
        rule.name: similarities(
            store, rule, [(link.record, link.linked_to) for link in links if link.rule == rule.name]
        )
        for rule in similar_rules(store.rules)
    }
    return [
        replace(link, similarity=found[link.rule][link.record, link.linked_to])
        if (link.record, link.linked_to) in found.get(link.rule, {})
        else link
        for link in links
    ]


def similarities(
    store: IdentityStore, rule: MatchRule, pairs: Sequence[Pair]
) -> dict[Pair, Similarity]:
    """How similar pairs of records are, also those that were never compared.

    Empty of an exact rule, without a model of the rule, and where Splink isn't installed.
    """
    if rule.similar is None or not pairs:
        return {}
    model = kept_models(store).get(rule.name)
    if model is None or not has_splink():
        return {}
    names = [tuple((name.source, name.record_id) for name in pair) for pair in pairs]
    scored = score_pairs(
        store.connection,
        store.records,
        store.rules,
        rule,
        model,
        [(one, other) for one, other in names],
    )
    return {
        (RecordName(*one), RecordName(*other)): _similarity(
            store.rules, threshold_of(rule, model), pair
        )
        for (one, other), pair in scored.items()
    }


def _similarity(rules: ResolutionRules, threshold: float, pair: ScoredPair) -> Similarity:
    return Similarity(
        probability=pair.probability,
        threshold=threshold,
        prior=pair.prior,
        contributions=tuple(
            Contribution(
                left=KeyValue(each.key, rules.match_keys[each.key].column, each.left),
                right=KeyValue(each.key, rules.match_keys[each.key].column, each.right),
                level=each.level,
                weight=each.weight + each.rarity,
                rarity=each.rarity,
            )
            for each in pair.contributions
        ),
    )


def compare_by_rules(
    store: IdentityStore, left: RecordName, right: RecordName
) -> tuple[RuleComparison, ...]:
    """What every rule says of two records, in priority order.

    Args:
        store: The map, and similar pairs and models as far as they are there.
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
