"""The numbers of a distributed run that keeps its map, put together from those of its shards."""

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from customer_platform.identity.distributed.model import Resolved
from customer_platform.identity.keeping import state, statistics
from customer_platform.identity.keeping.state import LastRun
from customer_platform.identity.keeping.summary import FULL, UpdateSummary
from customer_platform.identity.matching.clustering import LinkedRecords, RuleResult
from customer_platform.identity.matching.constraints import RefusedLinks
from customer_platform.identity.matching.forest import Forest
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.warehouse.duckdb import numbers_as_table

if TYPE_CHECKING:
    import pyarrow as pa

# Tables of a kept map that are small whatever the number of records.
SMALL_TABLES = ("match_rule_statistics", "over_shared_values", "customer_sizes")


def small_tables(resolved: Resolved) -> "dict[str, pa.Table]":
    """The statistics of the rules, the over-shared values and the sizes of customers.

    Returns:
        By the name of the table as in `OutputTables`, its rows.
    """
    import duckdb

    sizes = _sizes(resolved)
    with duckdb.connect() as connection:
        store = IdentityStore(connection, "", resolved.rules, OutputTables("identity"))
        state.create_tables(store)
        statistics.write(store, _linked(resolved), everything=True)
        with numbers_as_table(
            connection,
            "resolution_sizes",
            size=np.array(list(sizes), dtype=np.int64),
            count=np.array(list(sizes.values()), dtype=np.int64),
        ):
            connection.execute(
                f"insert into {store.quoted.customer_sizes} select size, count "
                "from resolution_sizes"
            )
        store.execute("identity/update_statistics")
        return {
            name: connection.sql(f"from {getattr(store.quoted, name)}").to_arrow_table()
            for name in SMALL_TABLES
        }


def update_summary(resolved: Resolved, last: LastRun | None) -> UpdateSummary:
    """What the run did, for the gate that looks at it before anything is written.

    Args:
        resolved: A run that keeps its map.
        last: The run before.
    """
    over_shared = Counter[str]()
    for value in resolved.over_shared:
        over_shared[value.rule] += value.records
    return UpdateSummary(
        mode=FULL,
        records=resolved.total("records"),
        customers=resolved.total("customers"),
        largest_customer=max(_sizes(resolved), default=0),
        new_records=resolved.total("new_records"),
        changed_records=resolved.total("changed_records"),
        deleted_records=resolved.total("deleted_records"),
        touched_records=resolved.total("records"),
        moved_records=resolved.total("moved_records"),
        new_customers=resolved.total("new_customers"),
        retired_customers=resolved.total("retired_customers"),
        merged_customers=resolved.total("merged_customers"),
        refused_links=resolved.total("refused"),
        over_shared_records=max(over_shared.values(), default=0),
        previous_records=last.records if last else 0,
        previous_customers=last.customers if last else 0,
        previous_refused_links=last.refused_links if last else 0,
        violations=(),
        seconds=dict(resolved.seconds),
    )


def _sizes(resolved: Resolved) -> Counter[int]:
    """Customers by their number of records."""
    sizes = Counter[int]()
    for each in resolved.counts:
        sizes.update({int(size): customers for size, customers in each["sizes"].items()})
    return sizes


def _linked(resolved: Resolved) -> LinkedRecords:
    """What statistics are made from: what the rules did, and no record."""
    none = np.empty(0, dtype=np.int32)
    rules = [
        RuleResult(
            *(sum(each["rules"][number][place] for each in resolved.counts) for place in range(4))
        )
        for number in range(len(resolved.rules.match_rules))
    ]
    return LinkedRecords(
        forest=Forest.of_single_records(0),
        clusters=none,
        components=none,
        refused=RefusedLinks(np.empty(0, dtype=np.int16), none, none, none, none, none),
        rules=rules,
        over_shared=list(resolved.over_shared),
        override_links=resolved.total("overrides"),
        differences=[],
    )
