"""Links the staged records rule by rule, within limits and overrides."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.matching.constraints import Constraints, Limit, RefusedLinks
from customer_platform.identity.matching.forest import Forest
from customer_platform.identity.matching.links import (
    OverShared,
    OverSharedValue,
    finding_matches,
    over_shared_values,
)
from customer_platform.identity.matching.records import NumberedPairs, StagedRecords
from customer_platform.identity.overrides import DIFFERENT, SAME, Override
from customer_platform.identity.rules import MatchRule, ResolutionRules

if TYPE_CHECKING:
    from customer_platform.identity.matching.spellings import Spellings


Records = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class RuleResult:
    """What one match rule did.

    Attributes:
        links: Links that joined two clusters, and so explain a record's membership.
        values: Values that link records; none of a similar rule.
        pairs: Pairs of records with an equal value, or that are similar enough.
        matched_records: Records in such a pair.
    """

    links: int
    values: int
    pairs: int
    matched_records: int


@dataclass(frozen=True)
class LinkedRecords:
    """Which records are one customer, and why.

    Attributes:
        forest: The clusters with the link of every record.
        clusters: Per record number, the first record of its cluster: the number of the cluster.
        components: The same of what the links would have joined had none been refused. A new
            record can change nothing outside of the components that it shares a value with.
        refused: Links that a constraint refused.
        rules: What each rule did, by its position.
        over_shared: Values that link nobody.
        override_links: Links by `same` overrides that joined two clusters.
        differences: The `different` overrides that count, in the order that refused links number
            them in.
    """

    forest: Forest
    clusters: Records
    components: Records
    refused: RefusedLinks
    rules: list[RuleResult]
    over_shared: list[OverSharedValue]
    override_links: int
    differences: list[Override]


def link_records(
    rules: ResolutionRules,
    overrides: Sequence[Override],
    numbers: Mapping[tuple[str, str], int],
    staged: StagedRecords,
    value_texts: Callable[[MatchRule, Sequence[int]], Mapping[int, str]],
    threads: int,
    *,
    similar: Mapping[int, NumberedPairs] = MappingProxyType({}),
    excluded: Mapping[int, Hashes] = MappingProxyType({}),
    on_rule: Callable[[int], None] = lambda _: None,
) -> LinkedRecords:
    """Links the staged records: first by overrides, then by each match rule in its order.

    Args:
        rules: The rules.
        overrides: As `check_overrides` returns them. One that names a record that isn't there has
            no effect.
        numbers: By source and id, the numbers of the records that overrides name.
        staged: The records.
        value_texts: Gives by row the values of a rule as text, for over-shared values.
        threads: How many rules are looked at side by side.
        similar: Per position of a similar rule, its pairs.
        excluded: Per rule position, values that link nobody whatever the records say.
        on_rule: Called with the position of each rule when it is done.
    """
    from customer_platform.identity.matching.spellings import no_spellings

    order = staged.order
    same, different, differences = _numbered_overrides(overrides, numbers)
    constraints = Constraints(*limits_of(rules, staged), different, order.count)
    forest = Forest.of_single_records(order.count)
    # With nothing to refuse a link, clusters are components, and one forest says both.
    can_refuse = constraints.exist or bool(similar)
    unconstrained = Forest.of_single_records(order.count) if can_refuse else forest
    override_links = 0
    if len(same):
        override_links = constraints.link_pairs(
            forest, same[:, 0].copy(), same[:, 1].copy(), len(rules.match_rules)
        )
        if unconstrained is not forest:
            Constraints([], no_spellings(), [], 0).link_pairs(
                unconstrained, same[:, 0].copy(), same[:, 1].copy(), 0
            )
    results: list[RuleResult] = []
    over_shared: list[list[OverShared]] = []
    with finding_matches(rules, staged, excluded, threads) as found:
        for number in range(len(rules.match_rules)):
            if number in similar:
                results.append(_link_similar(constraints, forest, similar[number], number))
                unconstrained.join_pairs_without_proof(*_linking(similar[number]))
                over_shared.append([])
            else:
                matches = next(found)
                links = constraints.link_to_firsts(forest, matches.firsts, number)
                if unconstrained is not forest:
                    unconstrained.join_without_proof(matches.firsts)
                results.append(
                    RuleResult(links, matches.values, matches.pairs, matches.matched_records)
                )
                over_shared.append(matches.over_shared)
            on_rule(number)
    clusters = forest.first_records()
    return LinkedRecords(
        forest=forest,
        clusters=clusters,
        components=unconstrained.first_records() if unconstrained is not forest else clusters,
        refused=constraints.refused(),
        rules=results,
        over_shared=over_shared_values(rules, over_shared, value_texts),
        override_links=override_links,
        differences=differences,
    )


def limits_of(rules: ResolutionRules, staged: StagedRecords) -> "tuple[list[Limit], Spellings]":
    """What a customer may have at most: values of a key, names of people, records of a source.

    Args:
        rules: The rules.
        staged: The records.

    Returns:
        The limits in the order of the rules, those of sources last, and the names' spellings.
    """
    spellings, names = staged.people
    rows = staged.order.rows
    limits = []
    for number, (key, most) in enumerate(rules.limits.items()):
        if key in rules.people:
            # A spelling's id counts from 0, and 0 stands for no value.
            spelt = (names[rules.people.index(key)][rows] + 1).astype(np.uint64)
            limits.append(Limit(most, spelt, is_name=True))
        else:
            limits.append(Limit(most, staged.hashes(f"limit_{number}")[rows]))
    # Every record is a value of its own.
    records = np.arange(1, staged.order.count + 1, dtype=np.uint64)
    for source, most in rules.max_records_per_source.items():
        is_of_source = staged.is_of_source(source)[rows]
        limits.append(Limit(most, np.where(is_of_source, records, np.uint64(0))))
    return limits, spellings


def _link_similar(
    constraints: Constraints, forest: Forest, pairs: NumberedPairs, number: int
) -> RuleResult:
    records, others = _linking(pairs)
    links = constraints.link_similar(forest, pairs, number)
    return RuleResult(links, 0, len(records), len(np.union1d(records, others)))


def _linking(pairs: NumberedPairs) -> tuple[Records, Records]:
    return pairs.records[pairs.links], pairs.others[pairs.links]


def _numbered_overrides(
    overrides: Sequence[Override], numbers: Mapping[tuple[str, str], int]
) -> tuple[Records, list[tuple[int, int]], list[Override]]:
    """The overrides as pairs of record numbers.

    Returns:
        `same` as an array of pairs (later record, earlier record), in the order of the later,
        then the earlier; `different` as pairs, and the overrides that say so, in their order.
    """
    same, different, differences = [], [], []
    for override in overrides:
        one, other = (numbers.get(side) for side in override.sides)
        if one is None or other is None:
            continue
        if override.kind == SAME:
            same.append((max(one, other), min(one, other)))
        elif override.kind == DIFFERENT:
            different.append((one, other))
            differences.append(override)
    return np.array(sorted(same), dtype=np.int32).reshape(-1, 2), different, differences
