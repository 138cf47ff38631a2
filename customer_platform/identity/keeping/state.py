"""The tables in which the map is kept, and what the last run left in them."""

from dataclasses import dataclass
from datetime import datetime

from customer_platform.errors import StateError
from customer_platform.identity.entities import entity_column, entity_table
from customer_platform.identity.store import REFUSED_LINKS_COLUMNS, IdentityStore, OutputTables
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import table_kind

NEW_RECORD = "new record"
CHANGED_KEY = "changed key"
CHANGED_RULE = "changed rule"
OVERRIDE = "override"
DELETION = "deletion"

# Why a record came to its customer or left it. `deletion` also stands for the deletion of a
# record that held it together with others.
REASONS = (NEW_RECORD, CHANGED_KEY, CHANGED_RULE, OVERRIDE, DELETION)


@dataclass(frozen=True)
class LastRun:
    """What the last run left.

    Attributes:
        resolved_at: When it was, UTC.
        fingerprint: Of the rules it resolved by.
        records: Records in the map.
        customers: Customers in it.
        refused_links: Links refused in it.
    """

    resolved_at: datetime
    fingerprint: str
    records: int
    customers: int
    refused_links: int


def last_run(store: IdentityStore) -> LastRun | None:
    """The last run that was kept; None before the first."""
    if not store.has(store.tables.resolution_state):
        return None
    rows = store.connection.execute(
        f"select resolved_at, rules_fingerprint, records, customers, refused_links "
        f"from {store.quoted.resolution_runs} order by resolved_at desc limit 1"
    ).fetchall()
    return LastRun(*rows[0]) if rows else None


def create_tables(store: IdentityStore) -> None:
    """Makes the tables that every run adds to, where they aren't there."""
    tables = store.tables
    store.connection.execute(f"create schema if not exists {sql.identifier(tables.schema)}")
    for table, columns in {
        tables.customer_id_registry: "customer_id varchar, issued_at timestamp, "
        "founding_source varchar, founding_record_id varchar, retired_at timestamp, "
        "successor varchar",
        tables.ended_memberships: "source varchar, source_record_id varchar, customer_id varchar, "
        "valid_from timestamp, valid_to timestamp, reason varchar, next_customer_id varchar, "
        "ended_reason varchar",
        tables.refused_links: REFUSED_LINKS_COLUMNS,
        tables.match_rule_statistics: "priority integer, rule varchar, match_keys varchar, "
        "max_records_per_value bigint, links bigint, linking_values bigint, pairs hugeint, "
        "matched_records bigint, matched_share double, over_shared_values bigint, "
        "over_shared_records bigint, max_people_per_value bigint",
        tables.over_shared_values: "rule varchar, value varchar, records bigint, "
        "value_hash ubigint, people bigint",
        tables.customer_sizes: "records_per_customer bigint, customers bigint",
        tables.applied_overrides: "kind varchar, source varchar, source_record_id varchar, "
        "other_source varchar, other_record_id varchar",
        tables.resolution_runs: "resolved_at timestamp, mode varchar, rules_fingerprint varchar, "
        "records bigint, customers bigint, new_records bigint, changed_records bigint, "
        "deleted_records bigint, touched_records bigint, moved_records bigint, "
        "new_customers bigint, retired_customers bigint, refused_links bigint",
        tables.health_runs: "resolved_at timestamp, check_name varchar, subject varchar, "
        "found double, total double, beyond boolean",
    }.items():
        store.connection.execute(
            f"create table if not exists {tables.qualified(table)} ({columns})"
        )
    # Tables made before there were people to count.
    for table, column in (
        (tables.match_rule_statistics, "max_people_per_value"),
        (tables.over_shared_values, "people"),
    ):
        store.connection.execute(
            f"alter table {tables.qualified(table)} add column if not exists {column} bigint"
        )


def is_adopted(store: IdentityStore) -> bool:
    """Whether there is a map that was made elsewhere: a table, where a kept map is a view."""
    kind = store.has(store.tables.customer_id_map)
    return kind == "BASE TABLE"


def create_views(store: IdentityStore) -> None:
    """Makes the map and its history, as views on what is kept."""
    tables = store.tables
    state = store.quoted.resolution_state
    ended = store.quoted.ended_memberships
    registry = store.quoted.customer_id_registry
    membership = "source, source_record_id, customer_id, valid_from"
    for view, query in {
        tables.customer_id_map: "select source, source_record_id, customer_id, linked_by_rule, "
        f"linked_to_source, linked_to_record_id, valid_from, reason from {state}",
        tables.customer_id_history: f"select {membership}, cast(null as timestamp) as valid_to, "
        f"reason, cast(null as varchar) as ended_reason from {state} "
        f"union all select {membership}, valid_to, reason, ended_reason from {ended}",
        # A record that moved because a new one came has `new record` as well, and is in `ended`.
        tables.customer_id_changes: "select began.valid_from as changed_at, began.source, "
        "began.source_record_id, cast(null as varchar) as previous_customer_id, "
        "began.customer_id, began.reason "
        f"from {store.quoted.customer_id_history} as began left join {ended} as ended "
        "on ended.source is not distinct from began.source "
        "and ended.source_record_id = began.source_record_id "
        "and ended.valid_to = began.valid_from "
        f"where began.reason = '{NEW_RECORD}' and ended.source_record_id is null "
        "union all select valid_to, source, source_record_id, customer_id, next_customer_id, "
        f"ended_reason from {ended}",
        tables.customer_id_redirects: "with recursive redirects as (select customer_id, "
        f"successor, retired_at from {registry} where retired_at is not null union all "
        f"select redirects.customer_id, next.successor, redirects.retired_at from redirects "
        f"join {registry} as next on next.customer_id = redirects.successor "
        "where next.retired_at is not null) "
        "select redirects.customer_id, redirects.successor, redirects.retired_at from redirects "
        f"left join {registry} as next on next.customer_id = redirects.successor "
        "where next.retired_at is null",
    }.items():
        store.connection.execute(f"create or replace view {tables.qualified(view)} as {query}")


def register_adopted(store: IdentityStore, adopted: str) -> None:
    """Registers the IDs of a map that was made elsewhere."""
    registry = store.quoted.customer_id_registry
    store.connection.execute(
        f"insert into {registry} select customer_id, min(valid_from), "
        f"nullif(min(source) filter (where linked_by_rule is null), ''), "
        f"min(record_id) filter (where linked_by_rule is null), null, null from {adopted} "
        f"where customer_id not in (select customer_id from {registry}) group by customer_id"
    )


def check_time(resolved_at: datetime, last: LastRun | None) -> None:
    """Checks that time goes on, as intervals of validity need.

    Raises:
        StateError: The run is not after the last one.
    """
    if last and resolved_at <= last.resolved_at:
        raise StateError(
            f"the run of {resolved_at} is not after the last one of {last.resolved_at} (UTC); "
            "check the clock of this machine"
        )


def viewed_tables(tables: OutputTables) -> list[str]:
    """The tables that are read by others, where all of them are there."""
    return [
        tables.customer_id_map,
        tables.customer_id_history,
        tables.customer_id_changes,
        tables.customer_id_registry,
        tables.customer_id_redirects,
        tables.refused_links,
        tables.review_queue,
        tables.match_rule_statistics,
        tables.over_shared_values,
        tables.resolution_runs,
        tables.health_runs,
        tables.similar_pairs,
        tables.similar_models,
        tables.similar_runs,
    ]


def create_entity_views(store: IdentityStore) -> None:
    """Makes a view on every table of an entity that is there, and drops those of the others.

    A view has the rows of its table. Columns named `*customer_id` are named `*<entity>_id`. Nothing
    happens where the tables have the entity's names themselves.

    Args:
        store: The records, the rules, and where the map is kept.

    Raises:
        StateError: There is a table where a view shall be.
    """
    tables = store.tables
    if tables.views is None:
        return
    store.connection.execute(f"create schema if not exists {sql.identifier(tables.views)}")
    for table in viewed_tables(store.tables):
        name = entity_table(table, tables.entity)
        view = f"{sql.identifier(tables.views)}.{sql.identifier(name)}"
        if table_kind(store.connection, tables.views, name) == "BASE TABLE":
            raise StateError(
                f"{tables.read_as(table)} is a table, and the map of the entity "
                f"{tables.entity!r} is read through a view of that name: rename the table or the "
                "entity"
            )
        if table_kind(store.connection, tables.schema, table) is None:
            store.connection.execute(f"drop view if exists {view}")
            continue
        columns = ", ".join(
            f"{sql.identifier(column)} as {sql.identifier(entity_column(column, tables.entity))}"
            for (column, *_) in store.connection.execute(
                f"describe {tables.qualified(table)}"
            ).fetchall()
        )
        store.connection.execute(
            f"create or replace view {view} as select {columns} from {tables.qualified(table)}"
        )
