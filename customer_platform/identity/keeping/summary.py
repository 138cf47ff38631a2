"""What an update starts from, all that it finds, and that in numbers."""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from customer_platform.identity.keeping import changes
from customer_platform.identity.keeping.state import LastRun
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.naming import NO_ID, PreviousIds
from customer_platform.identity.matching.records import RecordOrder, StagedRecords
from customer_platform.identity.matching.result import ResolvedMap
from customer_platform.identity.naming import PREVIOUS_IDS, no_previous_ids, previous_ids
from customer_platform.identity.staging import RECORDS
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.warehouse.duckdb import fetch_numbers

FULL, INCREMENTAL = "full", "incremental"


@dataclass(frozen=True)
class Resolved:
    """All that an update has found.

    Attributes:
        staged: The records that were resolved.
        map: The map of the records that were resolved.
        linked: Their links.
        previous: What they had before.
        had_records: Whether any record was kept before.
        everything: Whether these are all records.
        rules_changed: Whether the rules differ from those of the last run.
        resolved_at: The time of the run, UTC.
        of_the_run: Why records move with which nothing has happened, where these aren't all records
            of the run; None: the records at hand say it.
    """

    staged: StagedRecords
    map: ResolvedMap
    linked: LinkedRecords
    previous: PreviousIds
    had_records: bool
    everything: bool
    rules_changed: bool
    resolved_at: datetime
    of_the_run: str | None = None

    @property
    def stays(self) -> npt.NDArray[np.bool_]:
        """Per record number, whether the record has the customer ID that it had."""
        codes = self.previous.codes
        stays: npt.NDArray[np.bool_] = (codes != NO_ID) & (
            self.map.customers.kept[self.linked.clusters] == codes
        )
        return stays

    @property
    def kept_ids(self) -> npt.NDArray[np.bool_]:
        """Per code of an ID that records had, whether a customer keeps it."""
        kept = np.zeros(self.previous.count, dtype=np.bool_)
        codes = self.map.customers.kept
        kept[codes[codes != NO_ID]] = True
        return kept


def ids_before(store: IdentityStore, order: RecordOrder, had_records: bool) -> PreviousIds:
    """The customer IDs that the staged records had.

    Args:
        store: Where the map is kept; its connection has the records staged.
        order: The records by number.
        had_records: Whether any record was kept before.
    """
    if not had_records:
        return no_previous_ids(store.connection, order.count)
    store.execute("identity/previous_ids")
    found = fetch_numbers(
        store.connection,
        f"select records.record_row, "
        f"cast(ids.rowid as integer) as code, was_root "
        f"from {RECORDS} as records join {PREVIOUS_IDS} as ids "
        f"on ids.customer_id = records.was_customer_id",
    )
    return previous_ids(
        store.connection, order, found["record_row"], found["code"], found["was_root"]
    )


def ids_issued(tables: OutputTables) -> str:
    """The query of every ID ever issued; those of a map being adopted aren't registered yet."""
    return (
        f"(select customer_id from {tables.qualified(tables.customer_id_registry)} "
        f"union all select customer_id from {PREVIOUS_IDS})"
    )


@dataclass(frozen=True)
class UpdateSummary:
    """What an update did.

    Attributes:
        mode: `full` or `incremental`.
        records: Records in the map.
        customers: Customers they belong to.
        largest_customer: Records of the largest customer.
        new_records: Records that were not in the map before.
        changed_records: Records whose match keys differ from before.
        deleted_records: Records that are no longer there.
        touched_records: Records that were resolved.
        moved_records: Records whose customer is another than before.
        new_customers: Customers whose ID was issued now.
        retired_customers: IDs that no record has any longer.
        merged_customers: Those of them whose records went to another customer.
        refused_links: Links that a limit or an override refuses.
        over_shared_records: Of all rules, the most records whose value too many share.
        previous_records: Records in the map before.
        previous_customers: Customers in it.
        previous_refused_links: Links refused in it.
        violations: Why the update was not kept; empty when it was.
        seconds: Wall time by phase.
    """

    mode: str
    records: int
    customers: int
    largest_customer: int
    new_records: int
    changed_records: int
    deleted_records: int
    touched_records: int
    moved_records: int
    new_customers: int
    retired_customers: int
    merged_customers: int
    refused_links: int
    over_shared_records: int
    previous_records: int
    previous_customers: int
    previous_refused_links: int
    violations: tuple[str, ...]
    seconds: dict[str, float]

    def with_violations(self, violations: tuple[str, ...]) -> "UpdateSummary":
        """The same with what the gate has said."""
        return replace(self, violations=violations)


def summarise(
    store: IdentityStore,
    resolved: Resolved,
    fingerprint: str,
    last: LastRun | None,
    seconds: dict[str, float],
) -> UpdateSummary:
    """Counts what an update did, and adds it to the runs.

    Args:
        store: Where the map is kept; its connection is inside of the update's transaction.
        resolved: What was found.
        fingerprint: Of the rules.
        last: The run before.
        seconds: Wall time by phase.
    """
    codes, customers = resolved.previous.codes, resolved.map.customers
    new = changed = deleted = 0
    if resolved.had_records:
        causes = resolved.staged.numbers("cause")
        new = int(np.count_nonzero(causes & changes.IS_NEW))
        changed = int(np.count_nonzero(causes & changes.KEY_CHANGED))
        gone = store.connection.execute(f"select count(*) from {changes.GONE}").fetchall()[0][0]
        came = store.connection.execute(f"select count(*) from {changes.DELTA}").fetchall()[0][0]
        deleted = gone - (came - new)
    else:
        new = resolved.map.order.count
    kept = resolved.kept_ids
    records, count, largest = store.connection.execute(
        f"select coalesce(sum(records_per_customer * customers), 0), "
        f"coalesce(sum(customers), 0), coalesce(max(records_per_customer), 0) "
        f"from {store.quoted.customer_sizes}"
    ).fetchall()[0]
    refused = store.connection.execute(
        f"select count(*) from {store.quoted.refused_links}"
    ).fetchall()[0][0]
    over_shared = store.connection.execute(
        f"select coalesce(max(over_shared_records), 0) from {store.quoted.match_rule_statistics}"
    ).fetchall()[0][0]
    summary = UpdateSummary(
        mode=FULL if resolved.everything else INCREMENTAL,
        records=int(records),
        customers=int(count),
        largest_customer=int(largest),
        new_records=new,
        changed_records=changed,
        deleted_records=deleted,
        touched_records=resolved.map.order.count,
        moved_records=int(np.count_nonzero((codes != NO_ID) & ~resolved.stays)),
        new_customers=customers.new_count,
        retired_customers=int(np.count_nonzero(~kept)),
        merged_customers=int(np.count_nonzero(~kept & (customers.heirs >= 0))),
        refused_links=int(refused),
        over_shared_records=int(over_shared),
        previous_records=last.records if last else 0,
        previous_customers=last.customers if last else 0,
        previous_refused_links=last.refused_links if last else 0,
        violations=(),
        seconds=seconds,
    )
    store.connection.execute(
        f"insert into {store.quoted.resolution_runs} "
        f"values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            resolved.resolved_at,
            summary.mode,
            fingerprint,
            summary.records,
            summary.customers,
            summary.new_records,
            summary.changed_records,
            summary.deleted_records,
            summary.touched_records,
            summary.moved_records,
            summary.new_customers,
            summary.retired_customers,
            summary.refused_links,
        ],
    )
    return summary
