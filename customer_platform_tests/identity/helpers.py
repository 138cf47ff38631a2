"""Small records, their rules and overrides, and what resolving them gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from customer_platform.identity import (
    Delta,
    OutputTables,
    Override,
    ResolutionRules,
    UpdateSummary,
    update_map,
)
from customer_platform.identity.overrides import check_overrides

OUTPUT = OutputTables("identity")
MAP = "identity.customer_id_map"
REGISTRY = "identity.customer_id_registry"
KEYS = ("email", "phone", "name", "birth")
DAY_1, DAY_2, DAY_3, DAY_4 = (datetime(2026, 1, day) for day in (1, 2, 3, 4))

Row = Sequence[str | None]
Record = tuple[str, str]


@dataclass(frozen=True)
class Member:
    """A row of the map."""

    customer_id: str
    rule: str | None
    linked_to: Record | None
    valid_from: datetime
    reason: str


def make_rules(*rules: tuple[str, list[str]] | dict[str, Any], **options: Any) -> ResolutionRules:
    """Rules over the columns email, phone, name and birth; by default email, phone, name+birth."""
    chosen = rules or (
        ("email", ["email"]),
        ("phone", ["phone"]),
        ("name_birth", ["name", "birth"]),
    )
    return ResolutionRules.model_validate(
        {
            "source": "source",
            "record_id": "id",
            "match_keys": {key: {"column": key} for key in KEYS},
            "match_rules": [
                rule if isinstance(rule, dict) else {"name": rule[0], "match": rule[1]}
                for rule in chosen
            ],
            **options,
        }
    )


def same(one: str, other: str) -> Override:
    """Two records of the source s, by id, are the same customer."""
    return Override("same", "s", one, "s", other)


def different(one: str, other: str) -> Override:
    """Two records of the source s, by id, never are."""
    return Override("different", "s", one, "s", other)


def load(connection: duckdb.DuckDBPyConnection, rows: Sequence[Row], table: str = "records") -> str:
    """Makes a table of rows (source, id, email, phone, name, birth); a short row ends in nulls."""
    columns = ("source", "id", *KEYS)
    connection.execute(
        f"create or replace table {table} ({', '.join(f'{column} varchar' for column in columns)})"
    )
    padded = [[*row, *[None] * (len(columns) - len(row))] for row in rows]
    if padded:
        connection.execute(
            f"insert into {table} select {', '.join('unnest(?::varchar[])' for _ in columns)}",
            [list(values) for values in zip(*padded, strict=True)],
        )
    return table


def run(
    connection: duckdb.DuckDBPyConnection,
    rows: Sequence[Row],
    rules: ResolutionRules | None = None,
    *,
    at: datetime | None = None,
    overrides: Sequence[Override] = (),
    **options: Any,
) -> UpdateSummary:
    """Updates the map to these rows; without a time, on the day after the last run."""
    return update_map(
        connection,
        Delta(load(connection, rows)),
        rules or make_rules(),
        OUTPUT,
        at or next_day(connection),
        overrides=check_overrides(overrides),
        **options,
    )


def next_day(connection: duckdb.DuckDBPyConnection) -> datetime:
    """The day after the last run, the first day when there was none."""
    runs = connection.execute(
        "select 1 from duckdb_tables() where table_name = 'resolution_runs'"
    ).fetchall()
    if not runs:
        return DAY_1
    last = connection.execute("select max(resolved_at) from identity.resolution_runs").fetchall()
    return last[0][0] + timedelta(days=1) if last[0][0] else DAY_1


def forget(connection: duckdb.DuckDBPyConnection) -> None:
    """Drops the map and everything kept with it."""
    connection.execute("drop schema if exists identity cascade")


def read_map(connection: duckdb.DuckDBPyConnection) -> dict[Record, Member]:
    """The map, by source and record id."""
    rows = connection.execute(
        f"select source, source_record_id, customer_id, linked_by_rule, linked_to_source, "
        f"linked_to_record_id, valid_from, reason from {MAP}"
    ).fetchall()
    members = {
        (row[0], row[1]): Member(
            row[2], row[3], (row[4], row[5]) if row[3] else None, row[6], row[7]
        )
        for row in rows
    }
    assert len(members) == len(rows), "a record is in the map twice"
    return members


def ids_by_record(connection: duckdb.DuckDBPyConnection) -> dict[Record, str]:
    """Customer ID by source and record id."""
    return {record: member.customer_id for record, member in read_map(connection).items()}


def ids(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Customer ID by record id, for records of one source."""
    return {
        record_id: member.customer_id for (_, record_id), member in read_map(connection).items()
    }


def customers(connection: duckdb.DuckDBPyConnection) -> set[frozenset[Record]]:
    """The customers as sets of records."""
    together: dict[str, set[Record]] = {}
    for record, member in read_map(connection).items():
        together.setdefault(member.customer_id, set()).add(record)
    return {frozenset(records) for records in together.values()}


def people(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The customers as the ids of their records, sorted and joined, for records of one source."""
    return {
        " ".join(sorted(record_id for _, record_id in records)) for records in customers(connection)
    }


def refused(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str, str, str, str]]:
    """The refused links: rule, record id, other record id, by what, and the two sides; sorted."""
    rows: list[tuple[str, str, str, str, str, str]] = connection.execute(
        "select rule, source_record_id, other_record_id, refused_by, this_side, other_side "
        "from identity.refused_links order by all"
    ).fetchall()
    return rows


def registry(
    connection: duckdb.DuckDBPyConnection,
) -> dict[str, tuple[datetime, str, datetime | None, str | None]]:
    """Per ID: issued at, founding record id, retired at, successor."""
    rows = connection.execute(
        f"select customer_id, issued_at, founding_record_id, retired_at, successor from {REGISTRY}"
    ).fetchall()
    found = {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}
    assert len(found) == len(rows), "an ID was issued twice"
    return found


def persons(*sizes: int) -> list[Row]:
    """Records a0, a1, ..., b0, b1, ...: each letter one person by email."""
    return [
        ("s", f"{letter}{i}", letter)
        for letter, size in zip("abcdefgh", sizes, strict=False)
        for i in range(size)
    ]


def with_phone(rows: Sequence[Row], records: str, phone: str = "p") -> list[Row]:
    """The same rows; the named records share a phone."""
    return [(*row[:3], phone) if row[1] in records.split() else row for row in rows]


def expected_customers(rows: Sequence[Row], rules: ResolutionRules) -> set[frozenset[Record]]:
    """The same by an independent way: scipy's connected components over all pairs of values."""
    values: dict[tuple[str, ...], list[int]] = {}
    for number, row in enumerate(rows):
        for rule in rules.match_rules:
            parts = [
                row[2 + KEYS.index(key)] if len(row) > 2 + KEYS.index(key) else None
                for key in rule.match
            ]
            if all(parts):
                values.setdefault((rule.name, *map(str, parts)), []).append(number)
    caps = {rule.name: rule.max_records_per_value or len(rows) for rule in rules.match_rules}
    edges = [
        (group[0], other)
        for (name, *_), group in values.items()
        if len(group) <= caps[name]
        for other in group
    ]
    left = np.array([edge[0] for edge in edges], dtype=np.int64)
    right = np.array([edge[1] for edge in edges], dtype=np.int64)
    graph = coo_array((np.ones(len(edges)), (left, right)), shape=(len(rows), len(rows)))
    _, labels = connected_components(graph, directed=False)
    together: dict[int, set[Record]] = {}
    for row, label in zip(rows, labels.tolist(), strict=True):
        together.setdefault(label, set()).add((str(row[0]), str(row[1])))
    return {frozenset(records) for records in together.values()}
