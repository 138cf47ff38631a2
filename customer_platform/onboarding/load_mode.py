"""How a table is delivered: new rows, changed rows, or all rows each day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from customer_platform.ingestion.casts import to_declared
from customer_platform.onboarding.column_names import attribute_by_name
from customer_platform.onboarding.delivered import Delivery
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.types import ColumnType
from customer_platform.warehouse.sql import identifier

# The share of yesterday's keys that come again when all rows are delivered each day.
_SAME = 0.9


@dataclass(frozen=True)
class LoadMode:
    """How a table is delivered.

    Attributes:
        load_mode: append, snapshot or delta.
        partition_column: The column whose day is the file's, if there is one.
        reason: Why, in a sentence.
    """

    load_mode: str
    partition_column: str | None
    reason: str


def find_load_mode(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, ColumnType],
    key: PrimaryKey,
    dated: Delivery | None,
) -> LoadMode:
    """The load mode, from what files of different days have in common, or one file has of its day.

    Args:
        connection: Where the rows are.
        table: Their qualified name.
        types: Column -> its type.
        key: The primary key.
        dated: The files, where each is of a day that its name says.
    """
    if dated is None:
        return LoadMode("snapshot", None, "no day in the file's name: each file is the full table")
    column = _column_of_the_day(connection, table, types)
    if len(dated.days) > 1:
        return _of_several_days(connection, table, types, key, column)
    if column is None:
        before = _column_of_the_day(connection, table, types, days_before=1)
        if before is not None:
            return LoadMode(
                "append", None, f"every {before} is of the day before that in the file's name"
            )
        return LoadMode("snapshot", None, "no column is of the day in the file's name")
    attribute = attribute_by_name(column)
    if attribute is not None and attribute[0] == "updated_at" and key.columns:
        return LoadMode("delta", column, f"every {column} is of the day in the file's name")
    return LoadMode("append", column, f"every {column} is of the day in the file's name")


def _of_several_days(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, ColumnType],
    key: PrimaryKey,
    column: str | None,
) -> LoadMode:
    again = _share_that_comes_again(connection, table, key.columns or list(types))
    told = f"{again:.0%} of a file's {'keys' if key.columns else 'rows'} come again in the next"
    if again >= _SAME:
        return LoadMode("snapshot", None, told)
    if not again:
        told = f"no {'key' if key.columns else 'row'} comes again in a later file"
    # Without a key a row can't take the place of another.
    return LoadMode("delta" if again and key.columns else "append", column, told)


def _column_of_the_day(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, ColumnType],
    days_before: int = 0,
) -> str | None:
    """The first column all of whose days are the file's, or that many days before."""
    for name, kind in types.items():
        if kind.type not in ("date", "timestamp"):
            continue
        column = identifier(name)
        given = connection.execute(f"select typeof({column}) from {table} limit 1").fetchall()[0][0]
        day = f"({to_declared(column, given, kind.type.upper(), kind.format)})::DATE"
        other = connection.execute(
            f"select 1 from {table} where {day} + {days_before} is distinct from _partition limit 1"
        ).fetchall()
        if not other:
            return name
    return None


def _share_that_comes_again(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> float:
    """Of all rows but the last day's, the share whose columns are in the files of the next day.

    A row that comes several times counts as often: a log of few different rows is no full table.
    """
    names = ", ".join(map(identifier, columns))
    [(share,)] = connection.execute(
        "with days as (select _partition, lead(_partition) over (order by _partition) "
        f"as following from (select distinct _partition from {table})), "
        f"counted as (select _partition, hash({names}) as row_hash, count(*) as n from {table} "
        "group by all) "
        "select coalesce(sum(least(a.n, coalesce(b.n, 0))) / sum(a.n), 0) from counted a "
        "join days on a._partition = days._partition and following is not null "
        "left join counted b on b._partition = days.following and a.row_hash = b.row_hash"
    ).fetchall()
    return float(share)
