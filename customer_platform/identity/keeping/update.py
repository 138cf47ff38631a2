"""Updates a kept customer ID map: resolves what has changed and what that touches."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from customer_platform.errors import StateError
from customer_platform.identity.keeping import changes, state, touched
from customer_platform.identity.keeping.changes import DELTA, Delta
from customer_platform.identity.keeping.review_queue import write_queue
from customer_platform.identity.keeping.similar_tables import (
    kept_thresholds,
    model_fingerprints,
    read_pairs,
    refuse_stale_pairs,
    similar_rules,
)
from customer_platform.identity.keeping.state import create_entity_views, rules_fingerprint
from customer_platform.identity.keeping.summary import (
    Resolved,
    UpdateSummary,
    ids_before,
    ids_issued,
    summarise,
)
from customer_platform.identity.keeping.write import write_update
from customer_platform.identity.linking import link_staged
from customer_platform.identity.naming import PREVIOUS_IDS
from customer_platform.identity.overrides import Override, read_overrides
from customer_platform.identity.resolve import Clock, Progress, named_map, no_progress
from customer_platform.identity.rules import ResolutionRules
from customer_platform.identity.similar import linking_pairs
from customer_platform.identity.staging import (
    RECORDS,
    ordered_inserts,
    staged_records,
    staging_query,
)
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.warehouse.duckdb import transaction

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


# Says what is wrong with an update before it is kept; nothing when it may be.
Gate = Callable[[UpdateSummary], Sequence[str]]


def update_map(
    connection: "DuckDBPyConnection",
    delta: Delta,
    rules: ResolutionRules,
    tables: OutputTables,
    resolved_at: datetime,
    *,
    overrides: Sequence[Override] = (),
    everything: bool = False,
    gate: Gate = lambda _: (),
    progress: Progress = no_progress,
) -> UpdateSummary:
    """Resolves what is new, changed or deleted, and the customers that touches.

    Similar records are those of the kept `similar_pairs`: `update_similar_pairs` comes first.

    The result is that of resolving all records, always. All is resolved when there is no map yet,
    when the rules differ from those of the last run, and when asked for.

    What is kept (`docs/identity-resolution.md` tells what each is), all of it changed in one
    transaction: `customer_id_map`, `customer_id_history`, `customer_id_changes`,
    `customer_id_registry`, `customer_id_redirects`, `refused_links`, `match_rule_statistics`,
    `over_shared_values`, `review_queue` (where there are similar rules); and for an entity that
    isn't the customer the views on them.

    Args:
        connection: A connection outside of a transaction.
        delta: The records: all of them, or what is new, changed and deleted.
        rules: The rules.
        tables: Where the map is kept. A map without state in its place, with the columns source,
            source_record_id, customer_id, linked_by_rule and valid_from, is adopted: its IDs are
            carried over.
        resolved_at: The time of this run. Without a time zone it is taken as UTC.
        overrides: As `read_overrides` returns them.
        everything: Resolve all records, touched or not.
        gate: Looks at what the update would be. When it has something to say, nothing is kept.
        progress: Is told how far it is.

    Raises:
        RulesError: The records lack a column that the rules use.
        RecordsError: A record has no id, or two have the same source and id.
        StateError: The run is not after the last one, or needs all records and has only changes,
            there are records that were not compared yet, or a table is where a view of the
            entity shall be.
    """
    clock = Clock(progress)
    moment = resolved_at.astimezone(UTC).replace(tzinfo=None) if resolved_at.tzinfo else resolved_at
    try:
        with ordered_inserts(connection):
            summary = _update(
                IdentityStore(connection, delta.records, rules, tables),
                delta,
                moment,
                overrides,
                everything,
                gate,
                clock,
            )
    finally:
        for table in (PREVIOUS_IDS, *changes.TEMPORARY_TABLES):
            connection.execute(f"drop table if exists {table}")
    progress(1.0, "done")
    return summary


def _update(
    store: IdentityStore,
    delta: Delta,
    resolved_at: datetime,
    overrides: Sequence[Override],
    everything: bool,
    gate: Gate,
    clock: Clock,
) -> UpdateSummary:
    last = state.last_run(store)
    state.check_time(resolved_at, last)
    fingerprint = rules_fingerprint(store.rules, model_fingerprints(store))
    rules_changed = last is not None and last.fingerprint != fingerprint
    everything = everything or last is None or rules_changed
    if everything and not delta.is_complete:
        raise StateError(
            "all records are needed: "
            + ("the rules have changed since the last run" if last else "there is no map yet")
        )
    with ExitStack() as cleaning:
        with clock.phase("read", 0.0):
            changed_overrides = _changed_overrides(store, overrides, last is None)
            state.create_tables(store)
            query, had_records = _stage(
                store, delta, overrides, changed_overrides, last, everything
            )
            staged = cleaning.enter_context(staged_records(store, query))
            refuse_stale_pairs(store, DELTA if had_records else RECORDS)
        with clock.phase("link", 0.25):
            linked = link_staged(
                store,
                overrides,
                staged,
                similar=linking_pairs(
                    store.rules,
                    read_pairs(store, similar_rules(store.rules), None if everything else RECORDS),
                    staged.order,
                    kept_thresholds(store),
                ),
                excluded={} if everything else touched.excluded_values(store.connection),
            )
        with clock.phase("name", 0.6):
            was = ids_before(store, staged.order, had_records)
            named = named_map(store, staged, linked, was, ids_issued(store.tables))
        resolved = Resolved(
            staged=staged,
            map=named,
            linked=linked,
            previous=was,
            had_records=had_records,
            everything=everything,
            rules_changed=rules_changed,
            resolved_at=resolved_at,
        )
        with clock.phase("write", 0.7):
            return _write(
                store,
                resolved,
                overrides,
                fingerprint,
                last,
                gate,
                clock,
            )


def _write(
    store: IdentityStore,
    resolved: Resolved,
    overrides: Sequence[Override],
    fingerprint: str,
    last: state.LastRun | None,
    gate: Gate,
    clock: Clock,
) -> UpdateSummary:
    with transaction(store.connection) as undo:
        write_update(store, resolved, overrides)
        write_queue(store)
        create_entity_views(store)
        summary = summarise(store, resolved, fingerprint, last, clock.seconds)
        violations = tuple(gate(summary))
        if violations:
            undo()
    return summary.with_violations(violations)


def _stage(
    store: IdentityStore,
    delta: Delta,
    overrides: Sequence[Override],
    changed_overrides: Sequence[Override],
    last: state.LastRun | None,
    everything: bool,
) -> tuple[str, bool]:
    """Finds out what is to be resolved.

    Returns:
        The query of it, and whether any record was kept before.
    """
    adopted = last is None and state.is_adopted(store)
    if last is None and not adopted:
        query = staging_query(store, with_record_hash=True)
        return query, False
    if adopted:
        changes.stage_adopted(store)
    elif everything:
        changes.stage_all(store)
    else:
        changes.stage_changes(store, delta)
        touched.find_touched(store, overrides, changed_overrides)
    return changes.records_query(store.rules, changed_overrides, everything=everything), True


def _changed_overrides(
    store: IdentityStore, overrides: Sequence[Override], is_first: bool
) -> list[Override]:
    """Overrides that are new since the last run or no longer there."""
    if is_first:
        return list(overrides)
    applied = read_overrides(store.connection, store.quoted.applied_overrides)
    return sorted(set(applied).symmetric_difference(overrides))
