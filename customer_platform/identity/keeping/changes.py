"""What has changed since the last run, and which customers that touches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.identity import key_sql
from customer_platform.identity.keeping.state import NEW_RECORD
from customer_platform.identity.naming import refuse_repeated_records
from customer_platform.identity.overrides import Override
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.staging import (
    compared_columns,
    refuse_missing_names,
    refuse_repeated,
    staging_query,
)
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


# The records given, as staged.
STAGED = "temp.resolution_staged"
# Of a few records given, the kept ones that may have their names: kept_row, record_order,
# record_hash.
KNOWN = "temp.resolution_known"
# Records that are new or have changed, as staged.
DELTA = "temp.resolution_delta"
# Kept records that have changed or are deleted, with the columns of the state.
GONE = "temp.resolution_gone"
# Every kept record of the components touched, those of `GONE` included.
OLD = "temp.resolution_old"
# Components touched: component.
TOUCHED = "temp.resolution_touched"
# Over-shared values of the last run: rule (position), value (hash), value_text, and now: records,
# people, stays (too many share it still), is_changed (other records or people share it).
OVER_SHARED = "temp.resolution_over_shared"

TEMPORARY_TABLES = (STAGED, KNOWN, DELTA, GONE, OLD, TOUCHED, OVER_SHARED)

# Why a record is resolved again, as bits of the column `cause`.
# `beside` is what has happened to another record of the component that it was in.
IS_NEW, KEY_CHANGED, DELETED_BESIDE, IS_OVERRIDDEN, CHANGED_BESIDE = 1, 2, 4, 8, 16

KEPT = "coalesce({0}.source, '') as source, {0}.source_record_id as record_id"
_SAME_RECORD = (
    "{0}.record_order = {1}.record_order and {0}.source = {1}.source "
    "and {0}.record_id = {1}.record_id"
)


@dataclass(frozen=True)
class Delta:
    """What comes in.

    Attributes:
        records: All records, or with `is_complete` false only those that are new or have changed:
            a table name or a query.
        deleted: Records that are gone, by source and record id: a table name or a query with the
            rules' columns; None when `records` is complete.
        is_complete: Whether a record that `records` lacks is deleted.
    """

    records: str
    deleted: str | None = None
    is_complete: bool = True


def stage_all(store: IdentityStore) -> None:
    """Makes all records the delta, and everything that is kept gone: all is resolved again."""
    _stage(store, DELTA)
    # The hashes kept may be those of another version of DuckDB.
    store.connection.execute(
        f"create or replace temp table {sql.bare(GONE)} as "
        f"select {KEPT.format('kept')}, "
        f"hash(coalesce(source, ''), source_record_id) as record_order, "
        f"* exclude (source, record_order) from {store.quoted.resolution_state} as kept"
    )


def stage_adopted(store: IdentityStore) -> None:
    """Makes all records the delta, and those of a map without a kept state gone."""
    _stage(store, DELTA)
    store.connection.execute(
        f"create or replace temp table {sql.bare(GONE)} as "
        f"select {KEPT.format('kept')}, "
        f"hash(coalesce(source, ''), source_record_id) as record_order, "
        f"cast(0 as ubigint) as record_hash, customer_id, linked_by_rule, valid_from, "
        f"'{NEW_RECORD}' as reason, cast(0 as ubigint) as component "
        f"from {store.quoted.customer_id_map} as kept"
    )
    refuse_repeated_records(store.connection, store.quoted.customer_id_map, GONE)


def stage_changes(store: IdentityStore, delta: Delta) -> None:
    """Fills `DELTA` and `GONE` with what differs from the kept state.

    Raises:
        RecordsError: A record has no id, or two have the same source and id.
    """
    state = store.quoted.resolution_state
    _stage(store, STAGED)
    refuse_repeated(store, STAGED)
    if delta.is_complete:
        _compare(store.connection, DELTA, f"select * from {STAGED} as mine", state)
        gone = f"select {KEPT.format('mine')}, * exclude (source) from {state} as mine"
        _compare(store.connection, GONE, gone, STAGED)
        return
    # DuckDB finds a few rows by one column in no time, but not as part of a larger query.
    store.connection.execute(
        f"create or replace temp table {sql.bare(KNOWN)} as "
        f"select rowid as kept_row, record_order, record_hash from {state} where record_order in "
        f"(select record_order from ({_names(delta, store.rules, STAGED)}))"
    )
    _compare(store.connection, DELTA, f"select * from {STAGED} as mine", KNOWN)
    store.connection.execute(
        f"create or replace temp table {sql.bare(GONE)} as "
        f"with found as (select {KEPT.format('kept')}, * exclude (source) from {state} as kept "
        f"where rowid in (select kept_row from {KNOWN})) "
        f"select found.* from found semi join ({_names(delta, store.rules, DELTA)}) as named "
        f"using (record_order, source, record_id)"
    )


def _compare(connection: "DuckDBPyConnection", table: str, query: str, other: str) -> None:
    """Makes a table of what a query, of `mine`, has and another relation hasn't as it is."""
    connection.execute(
        f"create or replace temp table {sql.bare(table)} as {query} where not exists "
        f"(select 1 from {other} as other where other.record_order = mine.record_order "
        f"and other.record_hash = mine.record_hash)"
    )


def _stage(store: IdentityStore, table: str) -> None:
    store.connection.execute(
        f"create or replace temp table {sql.bare(table)} as "
        f"{staging_query(store, with_record_hash=True)}"
    )
    refuse_missing_names(store, table)


def _names(delta: Delta, rules: ResolutionRules, given: str) -> str:
    """The names of records in a table of given ones, and of those that are deleted.

    A record that is given isn't deleted.
    """
    named = f"select source, record_id, record_order from {given}"
    if delta.deleted:
        names = (
            f"select {key_sql.source_value(rules)} as source, "
            f"cast({sql.identifier(rules.record_id)} as varchar) as record_id "
            f"from {sql.relation(delta.deleted)}"
        )
        named += (
            f" union select source, record_id, hash(source, record_id) from ({names}) as deleted "
            f"anti join {STAGED} as staged using (source, record_id)"
        )
    return named


def records_query(
    rules: ResolutionRules, changed_overrides: Sequence[Override], *, everything: bool
) -> str:
    """The query of all that is to be resolved: what came in, and what that touches.

    Beside the staged columns: was_customer_id, was_root, was_valid_from, was_reason (these null
    for a new record), and cause.
    """
    columns = ", ".join(
        f"{{0}}.{column}" for column in ("record_order", "record_hash", *compared_columns(rules))
    )
    was = (
        "{0}.customer_id as was_customer_id, {0}.linked_by_rule is null as was_root, "
        "{0}.valid_from as was_valid_from, {0}.reason as was_reason"
    )
    named = {side for override in changed_overrides for side in override.sides}
    values = sql.rows_of_text(sorted(named))
    overridden = (
        f"case when ({{0}}.source, {{0}}.record_id) in ({values}) then {IS_OVERRIDDEN} else 0 end"
        if named
        else "0"
    )
    beside = " + ".join(
        f"case when {{0}}.component in (select component from lost where {which} is_deleted) "
        f"then {bit} else 0 end"
        for which, bit in (("", DELETED_BESIDE), ("not", CHANGED_BESIDE))
    )
    cause = f"{overridden} + {beside}"
    touched = (
        ""
        if everything
        else f" union all select kept.source, kept.record_id, {columns.format('kept')}, "
        f"{was.format('kept')}, cast({cause.format('kept')} as tinyint) from {OLD} as kept "
        f"anti join {GONE} as gone on {_SAME_RECORD.format('gone', 'kept')}"
    )
    # What came in is first: the row that stands for a value is one whose keys are at hand.
    return (
        f"with lost as (select distinct gone.component, delta.record_id is null as is_deleted "
        f"from {GONE} as gone left join {DELTA} as delta "
        f"on {_SAME_RECORD.format('gone', 'delta')} "
        # When all records are given, most of what is kept comes back as it was.
        f"where delta.record_hash is distinct from gone.record_hash) "
        f"select delta.source, delta.record_id, {columns.format('delta')}, {was.format('gone')}, "
        f"cast(case when gone.record_id is null then {IS_NEW} "
        f"when gone.record_hash <> delta.record_hash then {KEY_CHANGED} else 0 end "
        f"+ {overridden.format('delta')} + {beside.format('gone')} as tinyint) as cause "
        f"from {DELTA} as delta left join {GONE} as gone "
        f"on {_SAME_RECORD.format('delta', 'gone')}{touched}"
    )
