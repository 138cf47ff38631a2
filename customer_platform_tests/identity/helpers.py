"""Small records, their rules, and what resolving them gave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from customer_platform.identity import OutputTables, ResolutionRules, ResolutionSummary, resolve

OUTPUT = OutputTables("identity")
MAP = "identity.customer_id_map"
REGISTRY = "identity.customer_id_registry"
KEYS = ("email", "phone", "name", "birth")
DAY_1, DAY_2, DAY_3, DAY_4 = (datetime(2026, 1, day) for day in (1, 2, 3, 4))

Row = Sequence[str | None]


@dataclass(frozen=True)
class Member:
    """A row of the map."""

    customer_id: str
    rule: str | None
    linked_to: tuple[str, str] | None
    valid_from: datetime


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
    carry_over: bool = False,
    at: datetime = DAY_1,
) -> ResolutionSummary:
    """Resolves the rows; with `carry_over` from the map that is there."""
    records = load(connection, rows)
    return resolve(
        connection, records, rules or make_rules(), MAP if carry_over else None, OUTPUT, at
    )


def read_map(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Member]:
    """The map, by source and record id."""
    rows = connection.execute(
        f"select source, source_record_id, customer_id, linked_by_rule, linked_to_source, "
        f"linked_to_record_id, valid_from from {MAP}"
    ).fetchall()
    members = {
        (row[0], row[1]): Member(row[2], row[3], (row[4], row[5]) if row[3] else None, row[6])
        for row in rows
    }
    assert len(members) == len(rows)
    return members


def ids(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Customer ID by record id, for records of one source."""
    return {
        record_id: member.customer_id for (_, record_id), member in read_map(connection).items()
    }


def customers(connection: duckdb.DuckDBPyConnection) -> set[frozenset[tuple[str, str]]]:
    """The customers as sets of records."""
    together: dict[str, set[tuple[str, str]]] = {}
    for record, member in read_map(connection).items():
        together.setdefault(member.customer_id, set()).add(record)
    return {frozenset(records) for records in together.values()}


def expected_customers(
    rows: Sequence[Row], rules: ResolutionRules
) -> set[frozenset[tuple[str, str]]]:
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
    together: dict[int, set[tuple[str, str]]] = {}
    for row, label in zip(rows, labels.tolist(), strict=True):
        together.setdefault(label, set()).add((str(row[0]), str(row[1])))
    return {frozenset(records) for records in together.values()}
