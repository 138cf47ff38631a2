"""The primary key of a table: columns that are filled in every row, and together never repeat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb

from customer_platform.ingestion.casts import identifier
from customer_platform.onboarding.names import words
from customer_platform.onboarding.types import ColumnStatistics, ColumnType
from customer_platform.onboarding.vocabulary import (
    KEY_WORDS,
    MEASURE_WORDS,
    attribute_by_name,
)

# More columns than these are not combined: 15 of them make 105 pairs and 455 triples.
_MOST_COMBINED = 15
_MOST_TOGETHER = 3
# Longer text is a description; that it never repeats is no plan of the source.
_LONGEST = 64
# The rank of first names, cities and the like: several customers have the same, sooner or later.
_ATTRIBUTE = 4
# Attributes that tell one record from another by themselves.
_IDENTIFYING = ("full_name", "email", "company_name", "registration_number", "vat_id", "domain")
_NO_KEYS = ("decimal", "double", "float", "boolean", "json", "struct", "map")


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
) -> PrimaryKey:
    """The primary key, each candidate verified over all rows of every partition.

    A single column is looked for first; columns named as a key come before others, and those
    further left before those further right. Then pairs and triples of columns that repeat by
    themselves. Amounts, measures and long text are no candidates: in a small file they may never
    repeat by chance.

    Args:
        connection: Where the table is.
        table: Its qualified name; `_partition` tells the partition.
        rows: How many rows it has.
        types: Column -> its type.
        found: Column -> its statistics.
    """
    eligible = [
        name
        for name, statistics in found.items()
        if statistics.filled == rows and _may_be_key(name, types[name], statistics)
    ]
    [(partitions,)] = connection.execute(
        f"select greatest(count(distinct _partition), 1) from {table}"
    ).fetchall()
    unique = [
        name
        for name in eligible
        if _rank(name, types[name]) != _ATTRIBUTE
        # Says no without looking at the rows again.
        and found[name].distinct * partitions >= rows
        and is_unique(connection, table, [name])
    ]
    if unique:
        best = min(unique, key=lambda name: (_rank(name, types[name]), unique.index(name)))
        return PrimaryKey(
            (best,),
            f"never empty, and never twice in {rows:,} rows",
            tuple(name for name in unique if name != best and _rank(name, types[name]) == 0),
        )
    repeating = _most_telling(eligible, types, found)
    for size in range(2, _MOST_TOGETHER + 1):
        for columns in _combinations(repeating, types, size):
            if is_unique(connection, table, columns):
                return PrimaryKey(
                    tuple(name for name in found if name in columns),
                    f"together never twice in {rows:,} rows",
                )
    return PrimaryKey((), _why_none(connection, table, rows, found))


def is_unique(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> bool:
    """Whether the values of columns together are unique within every partition."""
    names = ", ".join(map(identifier, columns))
    found = connection.execute(
        f"select 1 from {table} group by _partition, {names} having count(*) > 1 limit 1"
    ).fetchall()
    return not found


def _may_be_key(name: str, kind: ColumnType, found: ColumnStatistics) -> bool:
    return (
        not kind.type.startswith(_NO_KEYS)
        and found.longest <= _LONGEST
        and not set(words(name)) & MEASURE_WORDS
    )


def _rank(name: str, kind: ColumnType) -> int:
    """Less is more of a key: by name, then text and numbers, then what says who, where or when."""
    attribute = attribute_by_name(name)
    if kind.type in ("date", "timestamp"):
        return 3
    if set(words(name)) & KEY_WORDS and (
        attribute is None or attribute[0] in ("loyalty_card", "account_number")
    ):
        return 0
    if attribute is None:
        return 1
    return 2 if attribute[0] in _IDENTIFYING else _ATTRIBUTE


def _most_telling(
    eligible: Sequence[str], types: Mapping[str, ColumnType], found: Mapping[str, ColumnStatistics]
) -> list[str]:
    """The columns worth combining: named as a key or of most values, in that order."""
    several = [name for name in eligible if found[name].distinct > 1]
    return sorted(several, key=lambda name: (_rank(name, types[name]), -found[name].distinct))[
        :_MOST_COMBINED
    ]


def _combinations(
    columns: Sequence[str], types: Mapping[str, ColumnType], size: int
) -> list[tuple[str, ...]]:
    """Combinations with at least one column that is named as a key, the likeliest first."""
    ranks = {name: _rank(name, types[name]) for name in columns}
    likely = [each for each in combinations(columns, size) if min(ranks[name] for name in each) < 2]
    return sorted(likely, key=lambda each: sum(ranks[name] for name in each))


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
