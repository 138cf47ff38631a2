"""Resolution as it is documented, in plain Python: every pair of records, one after the other."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import combinations, product
from types import MappingProxyType

import duckdb

from customer_platform.identity import Override, ResolutionRules
from customer_platform.identity.rules import MatchRule
from customer_platform_tests.identity.helpers import KEYS, Record, Row

Values = Mapping[Record, Mapping[str, str | None]]
# Per name of a similar rule, the match weight of every pair of records.
Weights = Mapping[str, Mapping[frozenset[Record], float]]


@dataclass
class Expected:
    """What resolution must give.

    Attributes:
        cluster: Per record, all records of its customer.
        refused: Rule, record, other record and what refused it, of every refused link that is to
            be listed: of a record's links to one cluster, the first.
        links: Per rule, the links that joined two clusters.
    """

    cluster: dict[Record, frozenset[Record]]
    refused: list[tuple[str, Record, Record, str]] = field(default_factory=list)
    links: Counter[str] = field(default_factory=Counter)

    @property
    def customers(self) -> set[frozenset[Record]]:
        """The customers as sets of records."""
        return set(self.cluster.values())


def record_order(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row]) -> list[Record]:
    """The records in the documented order: by the hash of source and record id."""
    names = [(str(row[0]), str(row[1])) for row in rows]
    hashes = dict(
        zip(
            names,
            connection.execute(
                "select unnest(list_transform(list_zip(?::varchar[], ?::varchar[]), "
                "lambda name: hash(name[1], name[2])))",
                [[source for source, _ in names], [record_id for _, record_id in names]],
            ).fetchall(),
            strict=True,
        )
    )
    return sorted(names, key=lambda name: (hashes[name], name))


def resolve_plainly(
    rows: Sequence[Row],
    rules: ResolutionRules,
    overrides: Sequence[Override],
    order: Sequence[Record],
    weights: Weights = MappingProxyType({}),
) -> Expected:
    """Resolves the rows the slow way.

    Args:
        rows: Records as `load` takes them.
        rules: Rules over match keys with the normaliser `exact`.
        overrides: Of any records, also of some that aren't there.
        order: All records, in the order in which they are linked.
        weights: Of the similar rules' pairs.
    """
    values = comparable_values(rows, rules)
    place = {record: number for number, record in enumerate(order)}
    known = [entry for entry in overrides if set(entry.sides) <= set(values)]
    different = [set(entry.sides) for entry in known if entry.kind == "different"]
    found = Expected({record: frozenset([record]) for record in order})

    def refusal(
        one: frozenset[Record], other: frozenset[Record], is_stated: bool = False
    ) -> str | None:
        for key, most in rules.limits.items():
            sides = [{values[record][key] for record in side} - {None} for side in (one, other)]
            held = sides[0] | sides[1]
            if key in rules.people:
                # What stewards call one person stays one; nobody may be added to it.
                most = max(most, *map(people_named, sides))
                if not is_stated and people_named(held) > most:
                    return f"limit {key}"
            elif len(held) > most:
                return f"limit {key}"
        for source, most in rules.max_records_per_source.items():
            if sum(record[0] == source for record in one | other) > most:
                return f"max_records_per_source {source}"
        return "override different" if any(pair <= one | other for pair in different) else None

    def link(rule: str, record: Record, other: Record) -> str | None:
        """Joins the two clusters; returns what refuses that."""
        one, two = found.cluster[record], found.cluster[other]
        if one == two:
            return None
        if reason := refusal(one, two, rule == "override"):
            return reason
        found.links[rule] += 1
        found.cluster |= dict.fromkeys(one | two, one | two)
        return None

    pairs = [sorted(entry.sides, key=place.__getitem__) for entry in known if entry.kind == "same"]
    for earlier, later in sorted(pairs, key=lambda pair: (place[pair[1]], place[pair[0]])):
        if reason := link("override", later, earlier):
            found.refused.append(("override", later, earlier, reason))
    for rule in rules.match_rules:
        if rule.similar:
            is_cohesive = cohesion_of(rule, weights[rule.name], found.cluster)
            tried_links = []
            for later, earlier in similar_pairs(rule, weights[rule.name], place):
                one, two = found.cluster[later], found.cluster[earlier]
                reason = refusal(one, two) if one != two else None
                if reason or one == two or is_cohesive(one, two):
                    reason = reason or link(rule.name, later, earlier)
                else:
                    reason = "cohesion"
                if reason:
                    tried_links.append((rule.name, later, earlier, reason))
            # Those that came together later on are not refused.
            found.refused += [
                entry for entry in tried_links if found.cluster[entry[1]] != found.cluster[entry[2]]
            ]
            continue
        shared = dict(linking_groups(values, rules, rule.name, order))
        for later in order:
            tried: list[frozenset[Record]] = []
            is_linked = False
            for earlier in shared.get(later, ()):
                reason = link(rule.name, later, earlier)
                is_linked = is_linked or reason is None
                if reason and not is_linked and found.cluster[earlier] not in tried:
                    tried.append(found.cluster[earlier])
                    found.refused.append((rule.name, later, earlier, reason))
    return found


def comparable_values(rows: Sequence[Row], rules: ResolutionRules) -> Values:
    """Per record the value of every match key; None for none, for '', and for an ignored one."""

    def value(row: Row, position: int, key: str) -> str | None:
        text = row[2 + position] if len(row) > 2 + position else None
        if not text or any(fnmatchcase(text, entry) for entry in rules.ignored_values.get(key, ())):
            return None
        return text

    return {
        (str(row[0]), str(row[1])): {key: value(row, n, key) for n, key in enumerate(KEYS)}
        for row in rows
    }


def people_named(names: Set[str | None]) -> int:
    """How many people have some names, of which an initial may be any name that begins with it."""

    def are_alike(one: str, other: str) -> bool:
        return one[0] == other[0] and 1 in (len(one), len(other))

    spelt = sorted(name for name in names if name)
    return max(
        len(chosen)
        for size in range(len(spelt) + 1)
        for chosen in combinations(spelt, size)
        if not any(are_alike(one, other) for one, other in combinations(chosen, 2))
    )


def linking_groups(
    values: Values, rules: ResolutionRules, name: str, order: Sequence[Record]
) -> Iterator[tuple[Record, list[Record]]]:
    """Per record that shares a value of this rule with earlier records, those records in order."""
    rule = next(rule for rule in rules.match_rules if rule.name == name)
    groups: dict[tuple[str | None, ...], list[Record]] = {}
    for record in order:
        parts = tuple(values[record][key] for key in rule.match)
        if all(parts):
            groups.setdefault(parts, []).append(record)
    for group in groups.values():
        people = max(
            (people_named({values[record][key] for record in group}) for key in rules.people),
            default=0,
        )
        if len(group) <= (rule.max_records_per_value or len(group)) and people <= (
            rule.max_people_per_value or people
        ):
            for number, record in enumerate(group):
                yield record, group[:number]


def probability(weight: float) -> float:
    """The probability of a match weight."""
    return float(1 / (1 + 2.0**-weight))


def similar_pairs(
    rule: MatchRule, weights: Mapping[frozenset[Record], float], place: Mapping[Record, int]
) -> list[tuple[Record, Record]]:
    """The pairs that link (later, earlier), the surest first, then by the records' order."""
    assert rule.similar is not None
    assert rule.similar.threshold is not None
    linking = []
    for pair, weight in weights.items():
        if probability(weight) >= rule.similar.threshold:
            earlier, later = sorted(pair, key=place.__getitem__)
            linking.append((-weight, later, earlier))
    linking.sort(key=lambda entry: (entry[0], place[entry[1]], place[entry[2]]))
    return [(later, earlier) for _, later, earlier in linking]


def cohesion_of(
    rule: MatchRule,
    weights: Mapping[frozenset[Record], float],
    cluster: Mapping[Record, frozenset[Record]],
) -> Callable[[frozenset[Record], frozenset[Record]], bool]:
    """Whether two clusters are cohesive enough, made of the groups there were before the rule."""
    similar = rule.similar
    assert similar is not None
    groups = set(cluster.values())

    def between(one: frozenset[Record], other: frozenset[Record]) -> float:
        found = (probability(weights[pair]) for pair in crossing(one, other) if pair in weights)
        return max((each for each in found if each >= similar.review), default=0.0)

    def is_cohesive(one: frozenset[Record], other: frozenset[Record]) -> bool:
        ours = [group for group in groups if group <= one]
        theirs = [group for group in groups if group <= other]
        total = sum(between(mine, yours) for mine, yours in product(ours, theirs))
        return total / (len(ours) * len(theirs)) >= similar.cohesion

    return is_cohesive


def crossing(one: frozenset[Record], other: frozenset[Record]) -> Iterator[frozenset[Record]]:
    """All pairs of a record of the one and one of the other."""
    return (frozenset(pair) for pair in product(one, other))
