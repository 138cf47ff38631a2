"""What has changed since the last run, and which customers that touches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.identity import key_sql
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
    store.execute("identity/stage_gone_all")


def stage_adopted(store: IdentityStore) -> None:
    """Makes all records the delta, and those of a map without a kept state gone."""
    _stage(store, DELTA)
    store.execute("identity/stage_gone_adopted")
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
    store.execute("identity/stage_gone_known", names=_names(delta, store.rules, DELTA))


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
    columns = ("record_order", "record_hash", *compared_columns(rules))
    named = {side for override in changed_overrides for side in override.sides}

    def parts(table: str, gone: str) -> dict[str, str]:
        overridden = f"({table}.source, {table}.record_id) in ({sql.rows_of_text(sorted(named))})"
        return {
            f"{table}_columns": ", ".join(f"{table}.{column}" for column in columns),
            f"{table}_overridden": f"if({overridden}, {IS_OVERRIDDEN}, 0)" if named else "0",
            f"{gone}_beside": " + ".join(
                f"if({gone}.component in (select component from lost where {which}), {bit}, 0)"
                for which, bit in (
                    ("is_deleted", DELETED_BESIDE),
                    ("not is_deleted", CHANGED_BESIDE),
                )
            ),
        }

    came = sql.statement(
        "identity/records_to_resolve",
        is_new=str(IS_NEW),
        key_changed=str(KEY_CHANGED),
        **parts("delta", "gone"),
    )
    if everything:
        return came
    return f"{came} union all {sql.statement('identity/records_touched', **parts('kept', 'kept'))}"
