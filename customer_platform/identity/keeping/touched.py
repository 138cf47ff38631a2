"""Which kept records a change can make differ."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from customer_platform.identity.keeping.changes import DELTA, GONE, KEPT, OLD, OVER_SHARED, TOUCHED
from customer_platform.identity.keeping.similar_tables import kept_thresholds
from customer_platform.identity.matching.links import count_people
from customer_platform.identity.overrides import Override
from customer_platform.identity.rules import MatchRule
from customer_platform.identity.staging import person_columns
from customer_platform.identity.store import IdentityStore, OutputTables
from customer_platform.warehouse import sql
from customer_platform.warehouse.duckdb import fetch_numbers, numbers_as_table, one_chunk

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def find_touched(
    store: IdentityStore, overrides: Sequence[Override], changed_overrides: Sequence[Override]
) -> None:
    """Fills `TOUCHED` and `OLD`: every component that the changes can make differ.

    A component is touched when a record of it is gone, when a new or changed record has a value
    of one of its records or is similar to one, when a value that too many shared is now shared by
    few enough, and when an override names one of its records and either has changed or names a
    record that has.
    """
    state = store.quoted.resolution_state
    _count_over_shared(store)
    store.connection.execute(
        f"create or replace temp table {sql.bare(TOUCHED)} as select distinct component from {GONE}"
    )
    thresholds = kept_thresholds(store)
    for number, rule in enumerate(store.rules.match_rules):
        if rule.similar:
            store.connection.execute(
                f"insert into {TOUCHED} select distinct component from {state} where record_order "
                f"in ({_similar_to_new(store.tables, rule, thresholds[rule.name])})"
            )
            continue
        column = f"rule_{number}"
        store.connection.execute(
            f"insert into {TOUCHED} select distinct component from {state} where {column} in ("
            f"select {column} from {DELTA} where {column} is not null and {column} not in "
            f"(select value from {OVER_SHARED} where rule = {number} and stays) "
            f"union select value from {OVER_SHARED} where rule = {number} and not stays)"
        )
    if named := _names_to_touch(store.connection, overrides, changed_overrides):
        values = sql.rows_of_text(named)
        store.connection.execute(
            f"insert into {TOUCHED} select component from {state} where record_order in "
            f"(select hash(source, record_id) from (values {values}) as named(source, record_id))"
        )
    store.connection.execute(
        f"create or replace temp table {sql.bare(OLD)} as select {KEPT.format('kept')}, "
        f"* exclude (source) from {state} as kept "
        f"where component in (select component from {TOUCHED})"
    )


def _count_over_shared(store: IdentityStore) -> None:
    """Fills `OVER_SHARED`: how many records and people share the over-shared values now."""
    counts = " union all ".join(
        f"select {number} as rule, rule_{number} as value, {change} as change from {table} "
        f"where rule_{number} in (select value_hash from kept where rule = {number})"
        for number, rule in enumerate(store.rules.match_rules)
        if not rule.similar
        for table, change in ((DELTA, 1), (GONE, -1))
    )
    nothing = "select 0 as rule, 0::ubigint as value, 0 as change where false"
    caps = ", ".join(
        f"({number}, {sql.literal(rule.name)}, "
        f"cast({rule.max_records_per_value or 'null'} as bigint))"
        for number, rule in enumerate(store.rules.match_rules)
    )
    store.execute("identity/count_over_shared", caps=caps, counts=counts or nothing)
    if store.rules.people:
        _count_people(store)


def _count_people(store: IdentityStore) -> None:
    """Counts the people anew that share the changed values of `OVER_SHARED`."""
    persons = ", ".join(person_columns(store.rules))
    for number, rule in enumerate(store.rules.match_rules):
        if rule.similar:
            continue
        changed = f"select value from {OVER_SHARED} where rule = {number} and is_changed"
        found = store.connection.sql(
            f"select rule_{number} as value, {persons} from {DELTA} where value in ({changed}) "
            f"union all select kept.rule_{number}, {persons} "
            f"from (select {KEPT.format('kept')}, * exclude (source) "
            f"from {store.quoted.resolution_state} as kept "
            f"where rule_{number} in ({changed})) as kept "
            f"anti join {GONE} as gone using (record_order, source, record_id)"
        ).to_arrow_table()
        shared = count_people(
            found["value"].to_numpy(),
            [one_chunk(found, name) for name in person_columns(store.rules)],
            rule.max_people_per_value,
        )
        with numbers_as_table(
            store.connection,
            "resolution_people",
            value=shared.values,
            people=shared.people,
            too_many=shared.too_many,
        ):
            store.connection.execute(
                f"update {OVER_SHARED} as over_shared set people = counted.people, "
                f"stays = over_shared.stays or counted.too_many "
                f"from resolution_people as counted "
                f"where over_shared.rule = {number} and over_shared.value = counted.value"
            )


def _similar_to_new(tables: OutputTables, rule: MatchRule, threshold: float) -> str:
    """The query of the records that new or changed ones are linked to by a similar rule."""
    assert rule.similar is not None
    return " union ".join(
        f"select {there} from {tables.qualified(tables.similar_pairs)} "
        f"where rule = {sql.literal(rule.name)} and probability >= {threshold} "
        f"and {here} in (select record_order from {DELTA})"
        for here, there in (("record_order", "other_order"), ("other_order", "record_order"))
    )


def excluded_values(connection: "DuckDBPyConnection") -> dict[int, npt.NDArray[np.uint64]]:
    """Per rule position, the over-shared values that stay so, after `find_touched`."""
    found = fetch_numbers(connection, f"select rule, value from {OVER_SHARED} where stays")
    return {int(rule): found["value"][found["rule"] == rule] for rule in np.unique(found["rule"])}


def _names_to_touch(
    connection: "DuckDBPyConnection",
    overrides: Sequence[Override],
    changed_overrides: Sequence[Override],
) -> list[tuple[str, str]]:
    sides = sorted({side for override in overrides for side in override.sides})
    touched = {side for override in changed_overrides for side in override.sides}
    if sides:
        values = sql.rows_of_text(sides)
        moved = set(
            connection.execute(
                f"with named(source, record_id) as (values {values}) "
                f"select source, record_id from named where (source, record_id) in "
                f"(select (source, record_id) from {DELTA} union all "
                f"select (source, record_id) from {GONE})"
            ).fetchall()
        )
        for override in overrides:
            if moved.intersection(override.sides):
                touched.update(override.sides)
    return sorted(touched)
