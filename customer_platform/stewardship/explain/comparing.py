"""What the match rules say of two records that are two customers."""

from typing import TYPE_CHECKING

from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.tables import OutputTables
from customer_platform.stewardship.explain.assembly import key_value
from customer_platform.stewardship.explain.model import KeyComparison, RecordName, RuleComparison
from customer_platform.stewardship.explain.reading import ordered, read_values
from customer_platform.stewardship.explain.similarity import read_similar, similarities

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def compare_by_rules(
    connection: "DuckDBPyConnection",
    tables: OutputTables,
    records: str,
    rules: ResolutionRules,
    left: RecordName,
    right: RecordName,
) -> tuple[RuleComparison, ...]:
    """What every rule says of two records, in priority order.

    Args:
        connection: A connection.
        tables: Where the map is, and similar pairs and models as far as they are there.
        records: The records: a table name or a query.
        rules: The rules by which the map was made.
        left: A record.
        right: Another.
    """
    keyed = read_values(connection, records, rules, [left, right])
    kept = read_similar(connection, tables, rules, [left, right]).get(ordered(left, right), {})
    comparisons = []
    for number, rule in enumerate(rules.match_rules):
        keys = []
        for key in rule.keys:
            mine = key_value(keyed, rules, left, key)
            theirs = key_value(keyed, rules, right, key)
            equal = mine.value is not None and mine.value == theirs.value
            keys.append(KeyComparison(mine, theirs, equal))
        over_shared_by = people = None
        if not rule.similar and all(key.equal for key in keys):
            people = keyed.people_of(left, number)
            if not keyed.are_linking(rule, left, number):
                over_shared_by = keyed.sharing_of(left, number)
        found = similarities(connection, tables, records, rules, rule, [(left, right)])
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
