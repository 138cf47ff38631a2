"""Closes memberships that have ended, and keeps the registry of customer IDs."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.naming.previous import NO_ID, PREVIOUS_IDS
from customer_platform.identity.staging import RECORDS
from customer_platform.identity.store import changes, state
from customer_platform.identity.store.resolved import Resolved
from customer_platform.identity.tables import OutputTables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def write_ended(
    connection: "DuckDBPyConnection",
    tables: OutputTables,
    resolved: Resolved,
    reasons: npt.NDArray[np.int8],
) -> None:
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
    ended = tables.qualified(tables.ended_memberships)
    source = "{0}.source" if resolved.rules.source else "cast(null as varchar)"
    connection.register("resolution_moved", table)
    try:
        connection.execute(
            f"insert into {ended} select {source.format('records')}, records.record_id, "
            f"records.was_customer_id, records.was_valid_from, cast(? as timestamp), "
            f"records.was_reason, moved.customer_id, moved.reason "
            f"from resolution_moved as moved join {RECORDS} as records "
            f"on records.record_row = moved.record_row",
            [resolved.resolved_at],
        )
    finally:
        connection.unregister("resolution_moved")
    connection.execute(
        f"insert into {ended} select {source.format('gone')}, gone.record_id, gone.customer_id, "
        f"gone.valid_from, cast(? as timestamp), gone.reason, null, '{state.DELETION}' "
        f"from {changes.GONE} as gone where not exists (select 1 from {changes.DELTA} as delta "
        f"where delta.record_order = gone.record_order and delta.source = gone.source "
        f"and delta.record_id = gone.record_id)",
        [resolved.resolved_at],
    )


def write_registry(
    connection: "DuckDBPyConnection", tables: OutputTables, resolved: Resolved
) -> None:
    """Adds the IDs issued, and retires those that no record has any longer."""
    import pyarrow as pa

    customers, names = resolved.map.customers, resolved.map.names
    registry = tables.qualified(tables.customer_id_registry)
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
    connection.register("resolution_new", new)
    try:
        connection.execute(
            f"insert into {registry} select customer_id, cast(? as timestamp), source, record_id, "
            f"null, null from resolution_new",
            [resolved.resolved_at],
        )
    finally:
        connection.unregister("resolution_new")
    retired = np.flatnonzero(~resolved.kept_ids).astype(np.int32)
    if not len(retired):
        return
    successors = pa.table(
        {
            "code": pa.array(retired),
            "successor": customers.successors(retired),
        }
    )
    connection.register("resolution_retired", successors)
    try:
        connection.execute(
            f"update {registry} set retired_at = cast(? as timestamp), "
            f"successor = gone.successor from (select ids.customer_id, retired.successor "
            f"from resolution_retired as retired join {PREVIOUS_IDS} as ids "
            f"on ids.rowid = retired.code) as gone "
            f"where {registry}.customer_id = gone.customer_id",
            [resolved.resolved_at],
        )
    finally:
        connection.unregister("resolution_retired")
