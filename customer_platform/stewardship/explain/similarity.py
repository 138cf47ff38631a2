"""How similar records are, and what the match rules say of two that are two customers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
import numpy.typing as npt

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
from customer_platform.stewardship.explain.strength import IntegerArray

Pair = tuple[RecordName, RecordName]

# So many pairs of records are named one by one; all of them are counted.
MOST_NAMED = 20_000


@dataclass(frozen=True)
class SimilarPairs:
    """The pairs of some records that similar rules link; of thousands of records, millions.

    Attributes:
        names: The records.
        positions: Per pair the positions of its two among the names, the most probable first.
        rules: Per pair the rule.
        probabilities: Per pair how likely it is.
        thresholds: Per rule from when on it links.
    """

    names: Sequence[RecordName] = ()
    positions: IntegerArray = field(default_factory=lambda: np.empty((0, 2), np.int64))
    rules: npt.NDArray[np.object_] = field(default_factory=lambda: np.empty(0, object))
    probabilities: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    thresholds: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def _keys(self) -> tuple[IntegerArray, IntegerArray]:
        """Per pair a number, sorted, and which pair it is of."""
        keys = self.positions[:, 0] * len(self.names) + self.positions[:, 1]
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    @cached_property
    def _position(self) -> Mapping[RecordName, int]:
        return {name: position for position, name in enumerate(self.names)}

    def of(self, pair: Pair) -> dict[str, Similarity]:
        """Per rule that links two records, how similar they are."""
        if not len(self.rules):
            return {}
        one, other = sorted(self._position[name] for name in pair)
        keys, order = self._keys
        key = one * len(self.names) + other
        found = order[np.searchsorted(keys, key) : np.searchsorted(keys, key, side="right")]
        return {
            self.rules[pair]: Similarity(
                float(self.probabilities[pair]), self.thresholds[self.rules[pair]]
            )
            for pair in found
        }

    def within(self, owners: Sequence[str]) -> "SimilarPairs":
        """Those whose two records have the same owner.

        Args:
            owners: Whose each of the records is.
        """
        _, numbers = np.unique(np.asarray(owners, object), return_inverse=True)
        same = numbers[self.positions[:, 0]] == numbers[self.positions[:, 1]]
        return replace(
            self,
            positions=self.positions[same],
            rules=self.rules[same],
            probabilities=self.probabilities[same],
        )

    def named(self) -> Iterator[tuple[str, Pair]]:
        """Rule and names of the most probable pairs, up to `MOST_NAMED`."""
        for rule, (one, other) in zip(
            self.rules[:MOST_NAMED], self.positions[:MOST_NAMED].tolist(), strict=True
        ):
            yield rule, ordered(self.names[one], self.names[other])


def read_similar(store: IdentityStore, names: Sequence[RecordName]) -> SimilarPairs:
    """The kept pairs that link, of which both records are among some names."""
    if not similar_rules(store.rules) or not store.has(store.tables.similar_pairs):
        return SimilarPairs()
    thresholds = kept_thresholds(store)
    rules = list(thresholds)
    read = store.connection.execute(
        store.sql("stewardship/similar_between"),
        {
            "sources": [name.source for name in names],
            "record_ids": [name.record_id for name in names],
            "records": len(names),
            "rules": rules,
        },
    ).fetchnumpy()
    found = cast("dict[str, npt.NDArray[Any]]", read)
    probabilities = found["probability"]
    links = np.flatnonzero(probabilities >= np.array(list(thresholds.values()))[found["rule"]])
    order = links[np.lexsort((found["other"][links], found["one"][links], -probabilities[links]))]
    return SimilarPairs(
        names,
        np.column_stack([found["one"][order], found["other"][order]]),
        np.array(rules, object)[found["rule"][order]],
        probabilities[order],
        thresholds,
    )


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
    kept = read_similar(store, [left, right]).of((left, right))
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
