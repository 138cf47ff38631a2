"""The tables in which the map is kept, and what tells that they need another run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from customer_platform.errors import StateError
from customer_platform.identity.entities import entity_column, entity_table
from customer_platform.identity.key_sql import used_keys
from customer_platform.identity.rules import MatchRule, ResolutionRules
from customer_platform.identity.store import IdentityStore, OutputTables
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

# Raised when the engine comes to another result from the same records and rules.
ENGINE_FORMAT = 1


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
    store.execute("identity/create_tables")


def is_adopted(store: IdentityStore) -> bool:
    """Whether there is a map that was made elsewhere: a table, where a kept map is a view."""
    kind = table_kind(store.connection, store.tables.schema, store.tables.customer_id_map)
    return kind == "BASE TABLE"


def create_views(store: IdentityStore) -> None:
    """Makes the map and its history, as views on what is kept."""
    store.execute("identity/create_views")


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
        store: Where the map is kept; when its connection is in a transaction, the views are part of
            that.

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


def rules_fingerprint(
    rules: ResolutionRules, models: Mapping[str, str] = MappingProxyType({})
) -> str:
    """SHA-256, in hexadecimal, of everything but the records that the result depends on.

    That are the rules, without the keys that none of them uses and without the order of settings
    that have none; the format of the engine; and the major version of DuckDB, whose hashes order
    the records and stand for the values.

    Args:
        rules: The rules; what a subclass adds to them doesn't count.
        models: The fingerprint of the model of every similar rule, by the rule's name.
    """
    # Here, because the rules can be read and checked without it.
    import duckdb

    keys = used_keys(rules)
    parts = {
        "engine": ENGINE_FORMAT,
        "duckdb": duckdb.__version__.split(".")[0],
        "record_id": rules.record_id,
        "source": rules.source,
        "updated_at": rules.updated_at,
        "match_keys": {
            # What is shown of a value changes no result.
            name: key.model_dump(exclude={"personal"})
            for name, key in rules.match_keys.items()
            if name in keys
        },
        "match_rules": [_stated(rule) for rule in rules.match_rules],
        "models": dict(models),
        "limits": rules.limits,
        "ignored_values": {
            name: sorted(set(entries))
            for name, entries in rules.ignored_values.items()
            if name in keys and entries
        },
    }
    parts |= {
        name: setting
        for name, setting in (
            ("people", rules.people),
            ("max_records_per_source", rules.max_records_per_source),
        )
        if setting
    }
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return sha256(canonical.encode()).hexdigest()


def _stated(rule: MatchRule) -> dict[str, Any]:
    """A match rule, without the bound that it lacks: maps made before there was one stay."""
    stated = rule.model_dump()
    if rule.max_people_per_value is None:
        del stated["max_people_per_value"]
    return stated
