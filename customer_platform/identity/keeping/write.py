"""Writes an update into the kept tables; the caller holds the transaction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.keeping import changes, state, statistics
from customer_platform.identity.keeping.history import insert_refused, write_ended, write_registry
from customer_platform.identity.keeping.summary import Resolved
from customer_platform.identity.matching.naming import NO_ID
from customer_platform.identity.overrides import Override
from customer_platform.identity.staging import RECORDS, compared_columns
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import fetch_numbers, insert_table, registered

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection


def write_update(store: IdentityStore, resolved: Resolved, overrides: Sequence[Override]) -> None:
    """Replaces what an update has touched, and adds to history and registry.

    Args:
        store: Where the map is kept; its connection is inside of a transaction and has the records
            staged.
        resolved: What was found.
        overrides: The overrides that were applied.
    """
    reasons = _reasons(store, resolved)
    if resolved.had_records:
        write_ended(store, resolved, reasons)
    if resolved.had_records and not resolved.everything:
        statistics.subtract_old(store)
    if state.is_adopted(store):
        # An adopted map: what it held is in the state now, and its IDs are to be known as issued.
        store.execute("identity/register_adopted")
        store.connection.execute(f"drop table {store.quoted.customer_id_map}")
    _write_state(store, resolved, reasons)
    write_registry(store, resolved)
    _write_refused(store, resolved)
    statistics.write(store, resolved.linked, everything=resolved.everything)
    _write_overrides(store, overrides)
    state.create_views(store)


def _reasons(store: IdentityStore, resolved: Resolved) -> npt.NDArray[np.int8]:
    """Per record number, the position in `REASONS` of why it would come to another customer.

    New records have come; for the others it is what has happened in their component, of several
    things the one that says most.
    """
    order, components = resolved.map.order, resolved.linked.components
    reasons = np.zeros(order.count, dtype=np.int8)
    if not resolved.had_records:
        return reasons
    if resolved.rules_changed:
        reasons[:] = state.REASONS.index(state.CHANGED_RULE)
    else:
        causes = resolved.staged.numbers("cause")[order.rows]
        # What happens elsewhere parts or joins records whose value becomes over-shared, or
        # ceases to be.
        reasons[:] = state.REASONS.index(resolved.of_the_run or _of_the_run(store))
        for bits, reason in (
            (changes.IS_NEW, state.NEW_RECORD),
            (changes.DELETED_BESIDE, state.DELETION),
            (changes.KEY_CHANGED | changes.CHANGED_BESIDE, state.CHANGED_KEY),
            (changes.IS_OVERRIDDEN, state.OVERRIDE),
        ):
            happened = np.zeros(order.count, dtype=np.bool_)
            happened[components[(causes & bits) != 0]] = True
            reasons[happened[components]] = state.REASONS.index(reason)
    reasons[resolved.previous.codes == NO_ID] = state.REASONS.index(state.NEW_RECORD)
    return reasons


def _of_the_run(store: IdentityStore) -> str:
    [(gone, deleted)] = store.rows("identity/what_happened")
    return cause_of_run(gone, deleted)


def cause_of_run(gone: int, deleted: int) -> str:
    """Why records move that are together with no new, changed or deleted one.

    Args:
        gone: Kept records that have changed or are deleted.
        deleted: Those of them that are deleted.
    """
    if deleted:
        return state.DELETION
    return state.CHANGED_KEY if gone else state.NEW_RECORD


def _write_state(store: IdentityStore, resolved: Resolved, reasons: npt.NDArray[np.int8]) -> None:
    import pyarrow as pa

    hashes = ["record_order", "record_hash", *compared_columns(store.rules)]
    arrays = {column: resolved.staged.table[column] for column in hashes}
    since, why = _since(store.connection, resolved, reasons)
    components, ordered = resolved.linked.components, resolved.map.order.hashes

    def more(first: int, last: int, numbers: npt.NDArray[np.int32]) -> dict[str, "pa.Array"]:
        return {
            "valid_from": pa.array(since[numbers], type=pa.timestamp("us")),
            "reason": pa.DictionaryArray.from_arrays(
                pa.array(why[numbers]), pa.array(state.REASONS)
            ),
            "component": pa.array(ordered[components[numbers]]),
            **{
                column: array.slice(first, last - first).combine_chunks()
                for column, array in arrays.items()
            },
        }

    query = (
        "select source, record_id as source_record_id, customer_id, linked_by_rule, "
        "linked_to_source, linked_to_record as linked_to_record_id, valid_from, reason, "
        f"component, {', '.join(hashes)} from resolution_result"
    )
    target = store.quoted.resolution_state
    with registered(store.connection, "resolution_result", resolved.map.reader(more)):
        if resolved.everything:
            store.connection.execute(f"create or replace table {target} as {query}")
            return
        store.connection.execute(
            f"delete from {target} where component in (select component from {changes.TOUCHED})"
        )
        store.connection.execute(f"insert into {target} {query}")


def _since(
    connection: "DuckDBPyConnection", resolved: Resolved, reasons: npt.NDArray[np.int8]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int8]]:
    """Per record number, since when it has its customer (microseconds), and why."""
    now = np.datetime64(resolved.resolved_at, "us").astype(np.int64)
    since = np.full(resolved.map.order.count, now, dtype=np.int64)
    if not resolved.had_records:
        return since, reasons
    positions = " ".join(
        f"when {sql.literal(reason)} then {position}"
        for position, reason in enumerate(state.REASONS)
    )
    was = fetch_numbers(
        connection,
        f"select coalesce(epoch_us(was_valid_from), 0) as since, "
        f"cast(case was_reason {positions} else 0 end as tinyint) as why from {RECORDS}",
    )
    rows = resolved.map.order.rows
    stays = resolved.stays
    return (
        np.where(stays, was["since"][rows], since),
        np.where(stays, was["why"][rows], reasons).astype(np.int8),
    )


def _write_refused(store: IdentityStore, resolved: Resolved) -> None:
    """Replaces the refused links of what was resolved."""
    target = store.quoted.refused_links
    if resolved.everything:
        store.connection.execute(f"delete from {target}")
    else:
        store.connection.execute(
            f"delete from {target} as refused where (coalesce(source, ''), source_record_id) in "
            f"(select (source, record_id) from {changes.OLD})"
        )
    insert_refused(store, target, resolved.map, resolved.linked)


def _write_overrides(store: IdentityStore, overrides: Sequence[Override]) -> None:
    import pyarrow as pa

    target = store.quoted.applied_overrides
    store.connection.execute(f"delete from {target}")
    columns = ("kind", "source", "record_id", "other_source", "other_record_id")
    table = {
        column: pa.array([getattr(entry, column) for entry in overrides], pa.string())
        for column in columns
    }
    insert_table(store.connection, target, pa.table(table))
