"""The review queue: pairs in the review band of a similar rule, the most valuable first.

The value of a decision is the number of record pairs that it is expected to make one customer:
the probability, times the records of the one customer, times those of the other.
"""

from collections.abc import Mapping

from customer_platform.identity import key_sql
from customer_platform.identity.keeping.similar_tables import kept_thresholds, similar_rules
from customer_platform.identity.key_sql import source_text
from customer_platform.identity.overrides import DIFFERENT
from customer_platform.identity.rules import MatchRule
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql

_QUEUED = "temp.review_queued"
_VALUES = "temp.review_values"

COLUMNS = (
    "position bigint, rule varchar, probability double, expected_pairs double, "
    "source varchar, source_record_id varchar, customer_id varchar, records bigint, "
    "other_source varchar, other_record_id varchar, other_customer_id varchar, "
    "other_records bigint, similar_pairs bigint, side_by_side varchar"
)


def write_queue(store: IdentityStore) -> None:
    """Replaces the review queue by the pairs that are in a review band now.

    One row per rule and pair of customers, for the likeliest pair of their records. Left out are
    pairs that are one customer by now, and customers of which an override says that they differ.

    Args:
        store: The records, the rules, and where the map is kept.
    """
    queue = store.quoted.review_queue
    chosen = similar_rules(store.rules)
    if not chosen:
        store.connection.execute(f"drop table if exists {queue}")
        return
    store.connection.execute(f"create or replace table {queue} ({COLUMNS})")
    try:
        _find_queued(store, chosen, kept_thresholds(store))
        for rule in chosen:
            _add_rule(store, rule, queue)
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
    store.connection.execute(
        f"create or replace temp table {sql.bare(_QUEUED)} as "
        f"with bands(rule, priority, review, threshold) as (values {bands}), "
        f"members as (select {source_text('source')} as source, source_record_id, customer_id "
        f"from {store.quoted.customer_id_map}), "
        f"pairs as (select pairs.rule, bands.priority, probability, "
        f"{source_text('pairs.source')} as source, source_record_id, "
        f"{source_text('other_source')} as other_source, other_record_id "
        f"from {store.quoted.similar_pairs} as pairs join bands using (rule) "
        f"where probability >= review and probability < threshold), "
        f"apart as (select pairs.*, one.customer_id, other.customer_id as other_customer_id "
        f"from pairs join members as one using (source, source_record_id) "
        f"join members as other on other.source = pairs.other_source "
        f"and other.source_record_id = pairs.other_record_id "
        f"where one.customer_id <> other.customer_id), "
        f"differing as (select one.customer_id, other.customer_id as other_customer_id "
        f"from {store.quoted.applied_overrides} as said "
        f"join members as one on one.source = said.source "
        f"and one.source_record_id = said.source_record_id "
        f"join members as other on other.source = said.other_source "
        f"and other.source_record_id = said.other_record_id where said.kind = '{DIFFERENT}'), "
        f"best as (select *, count(*) over each_two as similar_pairs from apart "
        f"where not exists (select 1 from differing where "
        f"(differing.customer_id, differing.other_customer_id) in "
        f"((apart.customer_id, apart.other_customer_id), "
        f"(apart.other_customer_id, apart.customer_id))) "
        f"window each_two as (partition by rule, least(customer_id, other_customer_id), "
        f"greatest(customer_id, other_customer_id)) "
        f"qualify row_number() over (each_two order by probability desc, source, "
        f"source_record_id, other_source, other_record_id) = 1), "
        f"sizes as (select customer_id, count(*) as records from members where customer_id in "
        f"(select customer_id from best union select other_customer_id from best) "
        f"group by customer_id) "
        f"select best.*, one.records, other.records as other_records, "
        f"probability * one.records * other.records as expected_pairs, "
        f"row_number() over (order by probability * one.records * other.records desc, "
        f"probability desc, priority, source, source_record_id, other_source, other_record_id) "
        f"as position from best join sizes as one using (customer_id) "
        f"join sizes as other on other.customer_id = best.other_customer_id"
    )


def _add_rule(store: IdentityStore, rule: MatchRule, queue: str) -> None:
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
    store.connection.execute(
        f"insert into {queue} select queued.position, queued.rule, queued.probability, "
        f"queued.expected_pairs, nullif(queued.source, ''), queued.source_record_id, "
        f"queued.customer_id, queued.records, nullif(queued.other_source, ''), "
        f"queued.other_record_id, queued.other_customer_id, queued.other_records, "
        f"queued.similar_pairs, concat_ws('; ', {sides}) from {_QUEUED} as queued "
        f"left join {_VALUES} as one on one.source = queued.source "
        f"and one.record_id = queued.source_record_id "
        f"left join {_VALUES} as two on two.source = queued.other_source "
        f"and two.record_id = queued.other_record_id "
        f"where queued.rule = {sql.literal(rule.name)} order by queued.position"
    )


def _side_by_side(key: str, one: str, other: str) -> str:
    """'first_name: jon | john', 'last_name = smith'; null where neither has a value."""
    equal, differing = sql.literal(f"{key} = "), sql.literal(f"{key}: ")
    return (
        f"case when {one} is null and {other} is null then null "
        f"when {one} = {other} then {equal} || {one} "
        f"else {differing} || coalesce({one}, '-') || ' | ' || coalesce({other}, '-') end"
    )
