"""The primary key of a table: columns that are filled in every row, and together never repeat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb

from customer_platform.onboarding.column_names import attribute_by_name
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.key_names import (
    IDENTIFYING,
    NAMED,
    PLAIN,
    TEXT,
    distance,
    is_of_row,
    may_be_key,
    rank_of,
)
from customer_platform.onboarding.tools import Export, spelling
from customer_platform.onboarding.types import ColumnType
from customer_platform.warehouse.sql import identifier

# More columns than these are not combined: 15 of them make 105 pairs and 455 triples.
_MOST_COMBINED = 15
_MOST_TOGETHER = 3


@dataclass(frozen=True)
class PrimaryKey:
    """The key of a table.

    Attributes:
        columns: Its columns; none where the table has no key.
        reason: Why, in a sentence.
        others: Other columns that are named as a key and never repeat.
    """

    columns: tuple[str, ...]
    reason: str
    others: tuple[str, ...] = ()


def find_primary_key(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: int,
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    export: Export | None = None,
) -> PrimaryKey:
    """The primary key, each candidate verified over all rows of every partition.

    A single column is looked for first: that by which the tool identifies rows, one named as a key
    before other codes and numbers, one of the row itself before those of other objects, and those
    further left before those further right. Then pairs and triples of a column named as a key with
    others, then a single column that identifies by what it is, as an email address, then other
    text, and at last other pairs and triples. A city or the like, and a date, are no key by
    themselves; phones, postcodes, people's names, amounts, descriptions, the number of a row in
    its file and long text are never part of one: in a small file they may never repeat by chance.

    Args:
        connection: Where the table is.
        table: Its qualified name; `_partition` is the partition.
        rows: How many rows it has.
        types: Column -> its type.
        found: Column -> its statistics.
        export: The tool's export that the table is.
    """
    eligible = [
        name
        for name, statistics in found.items()
        if statistics.filled == rows and may_be_key(name, types[name], statistics)
    ]
    [(partitions,)] = connection.execute(
        f"select greatest(count(distinct _partition), 1) from {table}"
    ).fetchall()
    ranks = {name: rank_of(name, types[name], found[name]) for name in eligible}
    eligible = [
        name
        for name in eligible
        if ranks[name] != PLAIN or not _counts_rows(connection, table, name, types[name])
    ]
    unique = [
        name
        for name in eligible
        if ranks[name] <= TEXT
        # Says no without looking at the rows again.
        and found[name].distinct * partitions >= rows
        and is_unique(connection, table, [name])
    ]
    of_tool = next((name for name in unique if export and export.key == spelling(name)), None)
    if of_tool is not None:
        return _single(of_tool, rows, unique, ranks)
    best = min(unique, key=lambda name: _preference(name, ranks[name], unique, table), default=None)
    if best is not None and ranks[best] == NAMED:
        return _single(best, rows, unique, ranks)
    several = _most_telling([each for each in eligible if each not in unique], ranks, found)
    combined = _combinations(several, ranks)
    named = [each for each in combined if _identifies_together(each, ranks, table)]
    for columns in named:
        if is_unique(connection, table, columns):
            return _together(columns, rows, found)
    if best is not None:
        return _single(best, rows, unique, ranks)
    for columns in combined:
        if columns not in named and is_unique(connection, table, columns):
            return _together(columns, rows, found)
    return PrimaryKey((), _why_none(connection, table, rows, found))


def _identifies_together(columns: Sequence[str], ranks: Mapping[str, int], table: str) -> bool:
    """Whether columns are a key by their names: a number of the row itself, and other codes."""
    own = [each for each in columns if ranks[each] == NAMED and is_of_row(each, table)]
    return bool(own) and {ranks[each] for each in columns} <= {NAMED, PLAIN, TEXT}


def _single(best: str, rows: int, unique: Sequence[str], ranks: Mapping[str, int]) -> PrimaryKey:
    others = tuple(name for name in unique if name != best and ranks[name] == NAMED)
    return PrimaryKey((best,), f"never empty, and never twice in {rows:,} rows", others)


def _together(columns: Sequence[str], rows: int, found: Mapping[str, object]) -> PrimaryKey:
    ordered = tuple(name for name in found if name in columns)
    return PrimaryKey(ordered, f"together never twice in {rows:,} rows")


def is_unique(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> bool:
    """Whether the values of columns together are unique within every partition."""
    names = ", ".join(map(identifier, columns))
    found = connection.execute(
        f"select 1 from {table} group by _partition, {names} having count(*) > 1 limit 1"
    ).fetchall()
    return not found


def _counts_rows(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, kind: ColumnType
) -> bool:
    """Whether a column that nothing names as a key counts the rows of each partition."""
    if kind.type != "bigint":
        return False
    column = f"try_cast({identifier(name)} as BIGINT)"
    [(counts,)] = connection.execute(
        f"select bool_and(least in (0, 1) and most - least + 1 = n and n > 1) from (select "
        f"min({column}) as least, max({column}) as most, count(*) as n from {table} "
        "group by _partition)"
    ).fetchall()
    return bool(counts)


def _preference(
    name: str, rank: int, unique: Sequence[str], table: str
) -> tuple[int, int, int, int]:
    """How a single column is chosen: by rank, by what identifies best, then from the left."""
    attribute = (attribute_by_name(name) or ("",))[0]
    known = IDENTIFYING.index(attribute) if attribute in IDENTIFYING else 0
    return rank, distance(name, table) if rank == NAMED else 0, known, unique.index(name)


def _most_telling(
    eligible: Sequence[str], ranks: Mapping[str, int], found: Mapping[str, ColumnStatistics]
) -> list[str]:
    """The columns worth combining: named as a key or of most values, in that order."""
    several = [name for name in eligible if found[name].distinct > 1]
    return sorted(several, key=lambda name: (ranks[name], -found[name].distinct))[:_MOST_COMBINED]


def _combinations(columns: Sequence[str], ranks: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Pairs, then triples, with at least one column that is no attribute, the likeliest first."""
    return [
        each
        for size in range(2, _MOST_TOGETHER + 1)
        for each in sorted(
            combinations(columns, size), key=lambda each: sum(ranks[name] for name in each)
        )
        if not {NAMED, PLAIN, TEXT}.isdisjoint(ranks[name] for name in each)
    ]


def _why_none(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: int,
    found: Mapping[str, ColumnStatistics],
) -> str:
    names = ", ".join(map(identifier, found))
    [(repeated,)] = connection.execute(
        f"select coalesce(sum(n - 1), 0) from (select count(*) as n from {table} "
        f"group by _partition, {names} having count(*) > 1)"
    ).fetchall()
    if repeated:
        return f"{int(repeated):,} of {rows:,} rows repeat another row in every column"
    return "no column, and no two or three of them together, is filled and never repeats"
