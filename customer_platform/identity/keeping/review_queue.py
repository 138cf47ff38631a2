"""The review queue: pairs in the review band of a similar rule, the most valuable first.

The value of a decision is the number of record pairs that it is expected to make one customer:
the probability, times the records of the one customer, times those of the other.
"""

from collections.abc import Mapping

from customer_platform.identity import key_sql
from customer_platform.identity.keeping.similar_tables import kept_thresholds, similar_rules
from customer_platform.identity.rules import MatchRule
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql

_QUEUED = "temp.review_queued"
_VALUES = "temp.review_values"


def write_queue(store: IdentityStore) -> None:
    """Replaces the review queue by the pairs that are in a review band now.

    One row per rule and pair of customers, for the likeliest pair of their records. Left out are
    pairs that are one customer by now, and customers of which an override says that they differ.

    Args:
        store: A map that is up to date, and similar pairs.
    """
    chosen = similar_rules(store.rules)
    if not chosen:
        store.connection.execute(f"drop table if exists {store.quoted.review_queue}")
        return
    store.execute("identity/create_review_queue")
    try:
        _find_queued(store, chosen, kept_thresholds(store))
        for rule in chosen:
            _add_rule(store, rule)
    finally:
        for table in (_QUEUED, _VALUES):
            store.connection.execute(f"drop table if exists {table}")


def _find_queued(
    store: IdentityStore, rules: list[MatchRule], thresholds: Mapping[str, float]
) -> None:
    bands = ", ".join(
        f"({sql.literal(rule.name)}, {number}, {rule.similar.review}, {thresholds[rule.name]})"
        for number, rule in enumerate(rules)
        if rule.similar
    )
    store.execute("identity/find_queued", bands=bands)


def _add_rule(store: IdentityStore, rule: MatchRule) -> None:
    ids = (
        f"select {column} from {_QUEUED} where rule = {sql.literal(rule.name)}"
        for column in ("source_record_id", "other_record_id")
    )
    # Only the records of the queue are normalised; a few more of the same id in other sources.
    wanted = (
        f"select * from {sql.relation(store.records)} "
        f"where cast({sql.identifier(store.rules.record_id)} as varchar) in ({' union '.join(ids)})"
    )
    columns = ", ".join(
        f"{key_sql.key_column(key)} as {sql.identifier(f'value {number}')}"
        for number, key in enumerate(rule.keys)
    )
    key_sql.create_functions(store.connection, store.rules)
    store.connection.execute(
        f"create or replace temp table {sql.bare(_VALUES)} as select source, record_id, {columns} "
        f"from ({key_sql.keyed_records(wanted, store.rules, rule.keys)})"
    )
    sides = ", ".join(
        _side_by_side(
            key, f"one.{sql.identifier(f'value {n}')}", f"two.{sql.identifier(f'value {n}')}"
        )
        for n, key in enumerate(rule.keys)
    )
    store.execute("identity/write_queued", {"rule": rule.name}, sides=sides)


def _side_by_side(key: str, one: str, other: str) -> str:
    """'first_name: jon | john', 'last_name = smith'; null where neither has a value."""
    equal, differing = sql.literal(f"{key} = "), sql.literal(f"{key}: ")
    return (
        f"case when {one} is null and {other} is null then null "
        f"when {one} = {other} then {equal} || {one} "
        f"else {differing} || coalesce({one}, '-') || ' | ' || coalesce({other}, '-') end"
    )
