"""What an update starts from, and all that it has found before it is written."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.naming import NO_ID, PreviousIds
from customer_platform.identity.matching.records import RecordOrder, StagedRecords
from customer_platform.identity.matching.result import ResolvedMap
from customer_platform.identity.naming import PREVIOUS_IDS, no_previous_ids, previous_ids
from customer_platform.identity.staging import RECORDS
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.warehouse.duckdb import fetch_numbers


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
    """

    staged: StagedRecords
    map: ResolvedMap
    linked: LinkedRecords
    previous: PreviousIds
    had_records: bool
    everything: bool
    rules_changed: bool
    resolved_at: datetime

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
        store: The records, the rules, and where the map is kept.
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
