"""What the rules did and how large customers are: kept by adding what is new, less what was."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.identity.keeping import changes
from customer_platform.identity.keeping.similar_tables import kept_thresholds
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.links import OverSharedValue
from customer_platform.identity.rules import MatchRule
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import insert_table, numbers_as_table

if TYPE_CHECKING:
    import pyarrow as pa


def subtract_old(store: IdentityStore) -> None:
    """Takes off what the touched records had contributed, before they are resolved again."""
    made = dict(
        store.connection.execute(
            f"select linked_by_rule, count(*) from {changes.OLD} group by linked_by_rule"
        ).fetchall()
    )
    for number, rule in enumerate(store.rules.match_rules):
        if rule.similar:
            store.connection.execute(
                f"update {store.quoted.match_rule_statistics} set links = links - ? where rule = ?",
                [made.get(rule.name, 0), rule.name],
            )
            continue
        # What too many shared linked nobody, and only some of its records may be touched.
        values, pairs, matched = store.connection.execute(
            f"select count(*), coalesce(sum(records * (records - 1) // 2), 0), "
            f"coalesce(sum(records), 0) from (select count(*) as records from {changes.OLD} "
            f"where rule_{number} is not null and rule_{number} not in "
            f"(select value from {changes.OVER_SHARED} where rule = {number}) "
            f"group by rule_{number} having count(*) > 1)"
        ).fetchall()[0]
        store.connection.execute(
            f"update {store.quoted.match_rule_statistics} set links = links - ?, "
            f"linking_values = linking_values - ?, pairs = pairs - ?, "
            f"matched_records = matched_records - ? where rule = ?",
            [made.get(rule.name, 0), values, pairs, matched, rule.name],
        )
    store.connection.execute(
        f"insert into {store.quoted.customer_sizes} "
        f"select records, -count(*) from (select count(*) as records from {changes.OLD} "
        f"group by customer_id) group by records"
    )
    over_shared = store.quoted.over_shared_values
    names = sql.listed(rule.name for rule in store.rules.match_rules)
    store.connection.execute(f"delete from {over_shared}")
    store.connection.execute(
        f"insert into {over_shared} "
        f"select [{names}][rule + 1], value_text, records, value, people "
        f"from {changes.OVER_SHARED} where stays"
    )


def write(store: IdentityStore, linked: LinkedRecords, *, everything: bool) -> None:
    """Adds what the resolved records contribute.

    Args:
        store: Where the map is kept; its connection is inside of a transaction.
        linked: What they did.
        everything: Whether these are all records, so that nothing from before counts.
    """
    statistics = store.quoted.match_rule_statistics
    sizes = store.quoted.customer_sizes
    over_shared = store.quoted.over_shared_values
    if everything:
        for table in (statistics, sizes, over_shared):
            store.connection.execute(f"delete from {table}")
        store.connection.executemany(
            f"insert into {statistics} values (?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0, ?)",
            [
                [
                    number,
                    rule.name,
                    _keys_text(rule),
                    rule.max_records_per_value,
                    rule.max_people_per_value,
                ]
                for number, rule in enumerate(store.rules.match_rules, start=1)
            ],
        )
    for rule, result in zip(store.rules.match_rules, linked.rules, strict=True):
        store.connection.execute(
            f"update {statistics} set links = links + ?, linking_values = linking_values + ?, "
            f"pairs = pairs + ?, matched_records = matched_records + ? where rule = ?",
            [result.links, result.values, result.pairs, result.matched_records, rule.name],
        )
    thresholds = {} if everything else kept_thresholds(store)
    for rule in store.rules.match_rules if not everything else ():
        if rule.similar:
            # Those of the records just resolved are only some of the pairs.
            linking = {"rule": rule.name, "threshold": thresholds[rule.name]}
            store.execute("identity/count_similar", linking)
    insert_table(store.connection, over_shared, _as_table(linked.over_shared))
    per_customer = np.bincount(linked.clusters)
    counts = np.bincount(per_customer[per_customer > 0])
    occurring = np.flatnonzero(counts)
    with numbers_as_table(
        store.connection, "resolution_sizes", size=occurring, count=counts[occurring]
    ):
        store.connection.execute(f"insert into {sizes} select size, count from resolution_sizes")
    store.execute("identity/update_statistics")


def _keys_text(rule: MatchRule) -> str:
    return f"similar: {', '.join(rule.keys)}" if rule.similar else " + ".join(rule.match)


def _as_table(values: Sequence[OverSharedValue]) -> "pa.Table":
    import pyarrow as pa

    return pa.table(
        {
            "rule": pa.array([value.rule for value in values], pa.string()),
            "value": pa.array([value.value for value in values], pa.string()),
            "records": pa.array([value.records for value in values], pa.int64()),
            "value_hash": pa.array([value.value_hash for value in values], pa.uint64()),
            "people": pa.array([value.people for value in values], pa.int64()),
        }
    )
