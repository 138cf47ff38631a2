"""Writes what has ended: memberships, customer IDs, and links that a constraint refused."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.keeping import state
from customer_platform.identity.keeping.summary import Resolved
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.naming import NO_ID
from customer_platform.identity.matching.result import ResolvedMap
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import registered

if TYPE_CHECKING:
    import pyarrow as pa

# What refuses a link that would join what has little in common.
COHESION = "cohesion"


def write_ended(store: IdentityStore, resolved: Resolved, reasons: npt.NDArray[np.int8]) -> None:
    """Closes the memberships of records that are gone or have another customer now."""
    import pyarrow as pa

    order, customers = resolved.map.order, resolved.map.customers
    moved = np.flatnonzero((resolved.previous.codes != NO_ID) & ~resolved.stays)
    table = pa.table(
        {
            "record_row": pa.array(order.rows[moved]),
            "customer_id": customers.ids.take(
                pa.array(customers.positions[resolved.linked.clusters[moved]])
            ),
            "reason": pa.array(state.REASONS).take(pa.array(reasons[moved])),
        }
    )
    at = {"resolved_at": resolved.resolved_at}
    with registered(store.connection, "resolution_moved", table):
        store.execute("identity/write_moved", at, record_source=_source(store, "records"))
    store.execute("identity/write_deleted", at, record_source=_source(store, "gone"))


def write_registry(store: IdentityStore, resolved: Resolved) -> None:
    """Adds the IDs issued, and retires those that no record has any longer."""
    import pyarrow as pa

    customers, names = resolved.map.customers, resolved.map.names
    rows = pa.array(resolved.map.order.rows[customers.new_clusters])
    sources = names.sources.take(names.source_codes.take(rows))
    new = pa.table(
        {
            "customer_id": customers.ids.slice(0, customers.new_count),
            "source": sources
            if resolved.map.has_source
            else pa.nulls(customers.new_count, pa.string()),
            "record_id": names.record_ids.take(rows),
        }
    )
    with registered(store.connection, "resolution_new", new):
        store.connection.execute(
            f"insert into {store.quoted.customer_id_registry} select customer_id, "
            "cast(? as timestamp), source, record_id, null, null from resolution_new",
            [resolved.resolved_at],
        )
    retired = np.flatnonzero(~resolved.kept_ids).astype(np.int32)
    if not len(retired):
        return
    gone = pa.table({"code": pa.array(retired), "successor": customers.successors(retired)})
    with registered(store.connection, "resolution_retired", gone):
        store.execute("identity/retire_ids", {"resolved_at": resolved.resolved_at})


def insert_refused(
    store: IdentityStore, target: str, resolved: ResolvedMap, linked: LinkedRecords
) -> None:
    """Adds refused links to a table with the columns of `refused_links`.

    Args:
        store: The rules; its connection has the records staged.
        target: The table.
        resolved: The map of the records.
        linked: Their links, the refused ones included.
    """
    import pyarrow as pa

    refused = linked.refused
    if not len(refused):
        return
    rows = resolved.order.rows
    reasons = [f"limit {key}" for key in store.rules.limits]
    reasons += [f"max_records_per_source {source}" for source in store.rules.max_records_per_source]
    reasons += ["override different"] * len(linked.differences)
    reasons += [COHESION]
    customers = resolved.customers

    def ids(records: npt.NDArray[np.int32]) -> "pa.Array":
        return customers.ids.take(pa.array(customers.positions[linked.clusters[records]]))

    found = pa.table(
        {
            "position": pa.array(np.arange(len(refused), dtype=np.int32)),
            "rule": pa.array(refused.rules),
            "reason": pa.array(refused.reasons),
            "record_row": pa.array(rows[refused.records]),
            "other_row": pa.array(rows[refused.others]),
            "side_row": pa.array(rows[refused.sides]),
            "other_side_row": pa.array(rows[refused.other_sides]),
            "customer_id": ids(refused.records),
            "other_customer_id": ids(refused.others),
        }
    )
    with registered(store.connection, "resolution_refused", found):
        store.execute(
            "identity/write_refused",
            target=target,
            rules=sql.listed(resolved.link_names),
            reasons=sql.listed(reasons),
            record_source=_source(store, "record"),
            other_source=_source(store, "other"),
        )


def _source(store: IdentityStore, table: str) -> str:
    """The source of a table's records, null where the rules name none."""
    return f"{table}.source" if store.rules.source else "cast(null as varchar)"
