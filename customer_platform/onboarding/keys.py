"""The primary key of a table: columns that are filled in every row, and together never repeat."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb

from customer_platform.ingestion.casts import identifier
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.names import words
from customer_platform.onboarding.types import ColumnType
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
# Attributes that tell one record from another by themselves, the best first. No name of a person
# does: several customers have the same, sooner or later.
_IDENTIFYING = ("email", "registration_number", "vat_id", "domain", "company_name")
# Ranks of columns, less is more of a key.
_NAMED, _PLAIN, _TELLING, _WHEN, _SHARED = range(5)
# Numbers of rows, as pandas and spreadsheets write them: they say nothing of the row.
_INDEX = re.compile(
    r"__index_level_\d+__|unnamed: ?\d+|level_\d+|index|row(_?(nr|no|num|number|index))?|column_1",
    re.IGNORECASE,
)
_KEY_ENDINGS = ("nr", "nummer", "code")
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

    A single column is looked for first, one named as a key before others and those further left
    before those further right. Then pairs and triples of a column named as a key with others, then
    a single column that identifies by what it is, as an email address, and at last other pairs and
    triples. A person's name, city or the like, and a date, are no key by themselves; amounts,
    measures and long text are never part of one: in a small file they may never repeat by chance.

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
    ranks = {name: _rank(name, types[name]) for name in eligible}
    unique = [
        name
        for name in eligible
        if ranks[name] <= _TELLING
        # Says no without looking at the rows again.
        and found[name].distinct * partitions >= rows
        and is_unique(connection, table, [name])
    ]
    best = min(unique, key=lambda name: _preference(name, ranks[name], unique), default=None)
    if best is not None and ranks[best] < _TELLING:
        return _single(best, rows, unique, ranks)
    combined = _combinations(_most_telling(eligible, ranks, found), ranks)
    of_key = [each for each in combined if {ranks[name] for name in each} <= {_NAMED, _PLAIN}]
    named = [each for each in of_key if _NAMED in {ranks[name] for name in each}]
    for columns in named:
        if is_unique(connection, table, columns):
            return _together(columns, rows, found)
    if best is not None:
        return _single(best, rows, unique, ranks)
    for columns in combined:
        if columns not in named and is_unique(connection, table, columns):
            return _together(columns, rows, found)
    return PrimaryKey((), _why_none(connection, table, rows, found))


def _single(best: str, rows: int, unique: Sequence[str], ranks: Mapping[str, int]) -> PrimaryKey:
    others = tuple(name for name in unique if name != best and ranks[name] == _NAMED)
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


def _may_be_key(name: str, kind: ColumnType, found: ColumnStatistics) -> bool:
    return _INDEX.fullmatch(name) is None and (
        not kind.staged.startswith(_NO_KEYS)
        and found.longest <= _LONGEST
        and not set(words(name)) & MEASURE_WORDS
    )


def _rank(name: str, kind: ColumnType) -> int:
    """Less is more of a key: by name, then text and numbers, then what says who, when or where."""
    attribute = attribute_by_name(name)
    if kind.type in ("date", "timestamp"):
        return _WHEN
    if _is_named_as_key(name) and (
        attribute is None or attribute[0] in ("loyalty_card", "account_number")
    ):
        return _NAMED
    if attribute is None:
        return _PLAIN
    return _TELLING if attribute[0] in _IDENTIFYING else _SHARED


def _is_named_as_key(name: str) -> bool:
    # Dutch and German write one word: lidnr, Kundennummer.
    parts = words(name)
    return bool(set(parts) & KEY_WORDS) or any(each.endswith(_KEY_ENDINGS) for each in parts)


def _preference(name: str, rank: int, unique: Sequence[str]) -> tuple[int, int, int]:
    """How a single column is chosen: by rank, by what identifies best, then from the left."""
    attribute = (attribute_by_name(name) or ("",))[0]
    known = _IDENTIFYING.index(attribute) if attribute in _IDENTIFYING else 0
    return rank, known, unique.index(name)


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
        if min(ranks[name] for name in each) < _TELLING
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
