"""Whom the keys of a record lead to, and their records: what matching it has to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from customer_platform.declarations import Entity
from customer_platform.warehouse.sql import literal, statement

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# With more owners than that, a value is nobody's.
_MOST_OWNERS = 500


@dataclass(frozen=True)
class Member:
    """A record of somebody, or the one that is asked about: what rules and limits read."""

    owner: str
    hashes: Sequence[int | None]
    limits: Sequence[int | None]
    people: Sequence[str | None]


def read_owners(
    connection: "DuckDBPyConnection", entity: Entity, asked: Member
) -> dict[int, dict[str, int]]:
    """By position of a rule, who has the record's values, and how many of their records do."""
    values = {position: value for position, value in enumerate(asked.hashes) if value is not None}
    if not values:
        return {}
    # A query each: of several values, DuckDB reads all that lie between them.
    queries = [
        statement(
            "workbench/keys",
            place=str(position),
            hash=str(value),
            the_entity=literal(entity.entity),
            the_rule=literal(entity.rules.match_rules[position].name),
        )
        for position, value in values.items()
    ]
    together = " union all ".join(f"({each})" for each in queries)
    rows = connection.execute(together, {"most": _MOST_OWNERS}).fetchall()
    if not rows:
        return {}
    numbers = ", ".join(sorted({str(number) for _, number, _ in rows}))
    ids = dict(
        connection.execute(
            f"select number, id from search.owners where number in ({numbers})"
        ).fetchall()
    )
    found: dict[int, dict[str, int]] = {}
    for position, number, records in rows:
        found.setdefault(position, {})[ids[number]] = records
    return found


def read_members(
    connection: "DuckDBPyConnection", entity: Entity, owners: set[str]
) -> dict[str, list[Member]]:
    """The records of some owners."""
    if not owners:
        return {}
    rules, tables = entity.rules, entity.tables
    columns = [
        *(f"rule_{position}" for position in range(len(rules.match_rules))),
        *(f"limit_{position}" for position in range(len(rules.limits))),
        *(f"person_{position}" for position in range(len(rules.people))),
    ]
    rows = connection.execute(
        f"select customer_id, {', '.join(columns)} "
        f"from {tables.qualified(tables.resolution_state)} "
        f"where customer_id in ({', '.join(map(literal, sorted(owners)))})"
    ).fetchall()
    first, second = len(rules.match_rules), len(rules.match_rules) + len(rules.limits)
    found: dict[str, list[Member]] = {owner: [] for owner in owners}
    for owner, *values in rows:
        found[owner].append(Member(owner, values[:first], values[first:second], values[second:]))
    return found


def read_kept_apart(
    connection: "DuckDBPyConnection", entity: Entity, owners: set[str]
) -> set[frozenset[str]]:
    """Pairs of owners that stewards have called different."""
    tables = entity.tables
    if len(owners) < 2:
        return set()
    rows = connection.execute(
        statement(
            "workbench/kept_apart",
            overrides=tables.qualified(tables.applied_overrides),
            state=tables.qualified(tables.resolution_state),
            owners=", ".join(map(literal, sorted(owners))),
        )
    ).fetchall()
    return {frozenset(pair) for pair in rows}


def read_over_shared(
    connection: "DuckDBPyConnection", entity: Entity, asked: Member
) -> set[tuple[str, int]]:
    """Rules and values of the record that a run found too many to share."""
    tables = entity.tables
    values = ", ".join(str(value) for value in asked.hashes if value is not None)
    if not values:
        return set()
    rows: list[tuple[str, int]] = connection.execute(
        f"select rule, value_hash from {tables.qualified(tables.over_shared_values)} "
        f"where value_hash in ({values})"
    ).fetchall()
    return set(rows)
