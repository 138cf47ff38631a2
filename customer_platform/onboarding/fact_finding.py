"""Whether the rows of a table are facts, by their columns and by what is inside of them."""

from collections.abc import Mapping
from dataclasses import replace

import duckdb

from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.fact_inside import InnerColumn, inner_columns
from customer_platform.onboarding.facts import Facts, find_facts
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.tools import recognise
from customer_platform.onboarding.types import ColumnType
from customer_platform.onboarding.wishes import Wishes


def facts_of(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    key: PrimaryKey,
    wishes: Wishes,
    rows: int,
) -> Facts | None:
    """How the rows are facts, by their columns and what JSON columns of events hold.

    What is inside counts in exports of known tools and where the user says that they are events: a
    record may well have objects of what its person has last done.

    Args:
        connection: Where the rows are.
        table: Their qualified name.
        types: Column -> its type.
        found: Column -> its statistics.
        key: The primary key that was found.
        wishes: What the user has said.
        rows: How many rows there are.

    Raises:
        OnboardingError: They were said to be facts, and a column is missing that they need.
    """
    view, inside = table, dict[str, InnerColumn]()
    if wishes.kind in (None, "events"):
        view, inside = inner_columns(connection, table, types, found)
        if wishes.kind is None and recognise([*types, *inside], ["events"]) is None:
            view, inside = table, {}
    facts = find_facts(
        connection,
        view,
        {**types, **{name: each.column.type for name, each in inside.items()}},
        {**found, **{name: each.column.statistics for name, each in inside.items()}},
        key,
        wishes,
        rows,
    )
    if facts is None or not inside:
        return facts
    taken = {name: inside[name] for name in facts.roles.values() if name in inside}
    notes = [f"{each.outer}.{name}: {facts.role_of(name)}" for name, each in taken.items()]
    return replace(facts, inside=taken, notes=[*notes, *facts.notes])
