"""Writes what has ended: memberships, customer IDs, and links that a constraint refused."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.keeping import changes, state
from customer_platform.identity.keeping.resolved import Resolved
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.naming import NO_ID
from customer_platform.identity.matching.result import ResolvedMap
from customer_platform.identity.naming import PREVIOUS_IDS
from customer_platform.identity.staging import RECORDS
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    import pyarrow as pa


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
    ended = store.quoted.ended_memberships
    source = "{0}.source" if store.rules.source else "cast(null as varchar)"
    store.connection.register("resolution_moved", table)
    try:
        store.connection.execute(
            f"insert into {ended} select {source.format('records')}, records.record_id, "
            f"records.was_customer_id, records.was_valid_from, cast(? as timestamp), "
            f"records.was_reason, moved.customer_id, moved.reason "
            f"from resolution_moved as moved join {RECORDS} as records "
            f"on records.record_row = moved.record_row",
            [resolved.resolved_at],
        )
    finally:
        store.connection.unregister("resolution_moved")
    store.connection.execute(
        f"insert into {ended} select {source.format('gone')}, gone.record_id, gone.customer_id, "
        f"gone.valid_from, cast(? as timestamp), gone.reason, null, '{state.DELETION}' "
        f"from {changes.GONE} as gone where not exists (select 1 from {changes.DELTA} as delta "
        f"where delta.record_order = gone.record_order and delta.source = gone.source "
        f"and delta.record_id = gone.record_id)",
        [resolved.resolved_at],
    )


def write_registry(store: IdentityStore, resolved: Resolved) -> None:
    """Adds the IDs issued, and retires those that no record has any longer."""
    import pyarrow as pa

    customers, names = resolved.map.customers, resolved.map.names
    registry = store.quoted.customer_id_registry
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
    store.connection.register("resolution_new", new)
    try:
        store.connection.execute(
            f"insert into {registry} select customer_id, cast(? as timestamp), source, record_id, "
            f"null, null from resolution_new",
            [resolved.resolved_at],
        )
    finally:
        store.connection.unregister("resolution_new")
    retired = np.flatnonzero(~resolved.kept_ids).astype(np.int32)
    if not len(retired):
        return
    successors = pa.table(
        {
            "code": pa.array(retired),
            "successor": customers.successors(retired),
        }
    )
    store.connection.register("resolution_retired", successors)
    try:
        store.connection.execute(
            f"update {registry} set retired_at = cast(? as timestamp), "
            f"successor = gone.successor from (select ids.customer_id, retired.successor "
            f"from resolution_retired as retired join {PREVIOUS_IDS} as ids "
            f"on ids.rowid = retired.code) as gone "
            f"where {registry}.customer_id = gone.customer_id",
            [resolved.resolved_at],
        )
    finally:
        store.connection.unregister("resolution_retired")


# What refuses a link that would join what has little in common.
COHESION = "cohesion"


def insert_refused(
    store: IdentityStore, target: str, resolved: ResolvedMap, linked: LinkedRecords
) -> None:
    """Adds refused links to a table with the columns of `refused_links`.

    Args:
        store: The records, the rules, and where the map is kept.
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
    rules_list = ", ".join(sql.literal(name) for name in resolved.link_names)
    reasons_list = ", ".join(sql.literal(reason) for reason in reasons)
    customers = resolved.customers

    def ids(records: npt.NDArray[np.int32]) -> "pa.Array":
        return customers.ids.take(pa.array(customers.positions[linked.clusters[records]]))

    source = "{0}.source" if store.rules.source else "cast(null as varchar)"
    side = "case when {0}.source = '' then '' else {0}.source || ':' end || {0}.record_id"
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
    store.connection.register("resolution_refused", found)
    try:
        store.connection.execute(
            f"insert into {target} select [{rules_list}][refused.rule + 1], "
            f"{source.format('record')}, record.record_id, refused.customer_id, "
            f"{source.format('other')}, other.record_id, refused.other_customer_id, "
            f"[{reasons_list}][refused.reason + 1], {side.format('side')}, "
            f"{side.format('other_side')} from resolution_refused as refused "
            f"join {RECORDS} as record on record.record_row = refused.record_row "
            f"join {RECORDS} as other on other.record_row = refused.other_row "
            f"join {RECORDS} as side on side.record_row = refused.side_row "
            f"join {RECORDS} as other_side on other_side.record_row = refused.other_side_row "
            f"order by refused.position"
        )
    finally:
        store.connection.unregister("resolution_refused")
