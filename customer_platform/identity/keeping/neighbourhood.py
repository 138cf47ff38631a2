"""Resolves the records near a few alone: what the next run makes of them, in milliseconds.

A decision changes nothing but the components that it names. A component is all records that rules
or overrides connect, whether or not a constraint refuses a link, so resolving it gives what
resolving everything would.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from customer_platform.errors import StateError
from customer_platform.identity.keeping import state
from customer_platform.identity.keeping.changes import GONE, KEPT, OLD
from customer_platform.identity.keeping.similar_tables import (
    kept_thresholds,
    model_fingerprints,
    read_pairs,
    similar_rules,
)
from customer_platform.identity.keeping.summary import ids_before, ids_issued
from customer_platform.identity.linking import link_staged
from customer_platform.identity.matching.clustering import LinkedRecords
from customer_platform.identity.matching.result import ResolvedMap
from customer_platform.identity.naming import PREVIOUS_IDS
from customer_platform.identity.overrides import SAME, Override, read_overrides
from customer_platform.identity.resolve import named_map
from customer_platform.identity.similar.matching import linking_pairs
from customer_platform.identity.staging import RECORDS, compared_columns, staged_records
from customer_platform.identity.store import IdentityStore
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import fetch_numbers

Name = tuple[str, str]

# The kept records of the neighbourhood.
NEIGHBOURS = OLD


@dataclass(frozen=True)
class Neighbourhood:
    """What became of the records near a few.

    Attributes:
        map: The map of these records.
        linked: Their links, the refused ones included.
    """

    map: ResolvedMap
    linked: LinkedRecords


@contextmanager
def resolving_neighbourhood(
    store: IdentityStore, overrides: Sequence[Override], names: Collection[Name]
) -> Iterator[Neighbourhood]:
    """Resolves what a few records are connected with; inside the with block `NEIGHBOURS` is there.

    Args:
        store: The map as it is kept, made by the store's rules; a connection that only reads is
            enough.
        overrides: All overrides that the next run will apply, as `check_overrides` returns them.
        names: Source and id of the few. One that the map doesn't have yet is left out.

    Raises:
        StateError: There is no kept map, or it was made by other rules, so that the next run
            resolves everything.
    """
    _require_current(store)
    connection = store.connection
    try:
        components = _reached(store, overrides, names)
        connection.execute(
            f"create or replace temp table {sql.bare(NEIGHBOURS)} as "
            f"select {KEPT.format('kept')}, * exclude (source) "
            f"from {store.quoted.resolution_state} as kept "
            f"where component in (select unnest(?::ubigint[]))",
            [sorted(components)],
        )
        connection.execute(
            f"create or replace temp table {sql.bare(GONE)} as "
            f"select customer_id, valid_from from {NEIGHBOURS} limit 0"
        )
        columns = ", ".join(compared_columns(store.rules))
        query = (
            f"select source, record_id, record_order{', ' if columns else ''}{columns}, "
            f"customer_id as was_customer_id, linked_by_rule is null as was_root, "
            f"valid_from as was_valid_from from {NEIGHBOURS}"
        )
        with staged_records(store, query) as staged:
            pairs = read_pairs(store, similar_rules(store.rules), RECORDS)
            thresholds = kept_thresholds(store)
            linked = link_staged(
                store,
                overrides,
                staged,
                similar=linking_pairs(store.rules, pairs, staged.order, thresholds),
                excluded=_over_shared(store),
            )
            was = ids_before(store, staged.order, had_records=True)
            found = named_map(store, staged, linked, was, ids_issued(store.tables))
            yield Neighbourhood(found, linked)
    finally:
        for table in (NEIGHBOURS, GONE, PREVIOUS_IDS):
            connection.execute(f"drop table if exists {table}")


def _require_current(store: IdentityStore) -> None:
    last = state.last_run(store) if store.has(store.tables.resolution_state) else None
    if last is None:
        raise StateError("there is no kept map yet: `customer-platform run` makes it")
    if last.fingerprint != state.rules_fingerprint(store.rules, model_fingerprints(store)):
        raise StateError(
            "the rules have changed since the map was made, so the next run resolves everything: "
            "`customer-platform preview` shows what that changes"
        )


def _reached(
    store: IdentityStore, overrides: Sequence[Override], names: Collection[Name]
) -> set[int]:
    """The components of some records, and those that new overrides will join with them."""
    applied = set(read_overrides(store.connection, store.quoted.applied_overrides))
    new = [each for each in overrides if each.kind == SAME and each not in applied]
    component_of = _components(store, {*names, *(side for each in new for side in each.sides)})
    reached = {component_of[name] for name in names if name in component_of}
    joined = [
        (component_of[one], component_of[other])
        for one, other in (each.sides for each in new)
        if one in component_of and other in component_of
    ]
    while more := {
        component
        for pair in joined
        if reached.intersection(pair)
        for component in pair
        if component not in reached
    }:
        reached |= more
    return reached


def _components(store: IdentityStore, names: Collection[Name]) -> dict[Name, int]:
    if not names:
        return {}
    # By the hash alone first: one number per kept record to look at.
    rows = store.connection.execute(
        f"select coalesce(source, ''), source_record_id, component "
        f"from {store.quoted.resolution_state} where record_order in "
        f"(select hash(source, record_id) "
        f"from (values {sql.rows_of_text(sorted(names))}) as named(source, record_id))"
    ).fetchall()
    return {(source, record_id): component for source, record_id, component in rows}


def _over_shared(store: IdentityStore) -> dict[int, npt.NDArray[np.uint64]]:
    """Per rule position, the values that too many share: no decision changes how many do."""
    positions = {rule.name: number for number, rule in enumerate(store.rules.match_rules)}
    named = ", ".join(f"({sql.literal(name)}, {number})" for name, number in positions.items())
    found = fetch_numbers(
        store.connection,
        f"select named.position, shared.value_hash "
        f"from {store.quoted.over_shared_values} as shared "
        f"join (values {named}) as named(rule, position) using (rule)",
    )
    return {
        int(position): found["value_hash"][found["position"] == position]
        for position in np.unique(found["position"])
    }
