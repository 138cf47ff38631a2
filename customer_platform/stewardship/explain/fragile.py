"""The customers that a single weak link holds together."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from customer_platform.identity.rules import OVERRIDE_RULE, ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.assembly import Assembled, assemble, priorities
from customer_platform.stewardship.explain.lookup import require_map
from customer_platform.stewardship.explain.model import Link
from customer_platform.stewardship.explain.strength import weakest_link
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    import pandas as pd


# Read whole and weighed exactly. Per row of the result there are many candidates, because most
# customers with a link by a late rule turn out to be held by other matches as well.
CANDIDATES = 500
CANDIDATE_RECORDS = 20_000

_COLUMNS = [
    "customer_id",
    "records",
    "weakest_rule",
    "splits_into",
    "record",
    "linked_to",
    "records_sharing_value",
]


def fragile_customers(store: IdentityStore, limit: int = 10) -> "pd.DataFrame":
    """The customers that would split without one link, by a rule of low priority.

    Only customers that would fall into parts of two records or more: a single record at the end
    of one link is how most customers begin. A query over the map selects up to `CANDIDATES`
    customers of at most `CANDIDATE_RECORDS` records together: those with such a link in the proof
    forest by the last rules, and of these the largest. They are weighed exactly, against all
    their matches.

    Args:
        store: The map, made by the store's rules.
        limit: The most customers to return.

    Returns:
        One row per customer, the weakest rule first, then the largest smaller part: customer_id,
        records, weakest_rule, splits_into (records per part, as '4 + 3'), record and linked_to
        (the two that the link joins, as SOURCE:ID), records_sharing_value (of all records; null
        for an override).
    """
    require_map(store)
    candidates = _candidates(store)
    found: list[tuple[tuple[object, ...], list[object]]] = []
    if candidates:
        assembled = assemble(store, candidates)
        for customer_id, link in _bridges(assembled, store.rules).items():
            row = [
                customer_id,
                assembled.sizes[customer_id],
                link.rule,
                f"{max(link.parts)} + {min(link.parts)}",
                str(link.record),
                str(link.linked_to),
                link.sharing,
            ]
            rank = (
                link.holds,
                -_priority(link, store.rules),
                -min(link.parts),
                -assembled.sizes[customer_id],
                customer_id,
            )
            found.append((rank, row))
    import pandas as pd

    rows = [row for _, row in sorted(found, key=lambda entry: entry[0])][:limit]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    return frame.astype({"records_sharing_value": "Int64"})


def _bridges(assembled: Assembled, rules: ResolutionRules) -> dict[str, Link]:
    """Per customer the weakest of the bridges that part it into several records each."""
    of_customer: dict[str, list[Link]] = {}
    for name, link in assembled.links.items():
        if link.is_bridge and min(link.parts) > 1:
            of_customer.setdefault(assembled.records[name].customer_id, []).append(link)
    ranks = priorities(rules)
    weakest = {key: weakest_link(links, ranks) for key, links in of_customer.items()}
    return {key: link for key, link in weakest.items() if link is not None}


def _priority(link: Link, rules: ResolutionRules) -> int:
    return (
        -1
        if link.rule == OVERRIDE_RULE
        else priorities(rules).get(link.rule, len(rules.match_rules))
    )


def _candidates(store: IdentityStore) -> Sequence[str]:
    """Customers with a link that has records on both of its sides, weakest and largest first."""
    cases = " ".join(
        f"when {sql.literal(rule.name)} then {number}"
        for number, rule in enumerate(store.rules.match_rules)
    )
    priority = (
        f"case cast(linked_by_rule as varchar) when {sql.literal(OVERRIDE_RULE)} then -1 {cases} "
        f"else {len(store.rules.match_rules)} end"
    )
    rows = store.rows(
        "stewardship/fragile_candidates",
        {"most_records": CANDIDATE_RECORDS, "most": CANDIDATES},
        rule_priority=priority,
    )
    return [row[0] for row in rows]
