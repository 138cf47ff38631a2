"""How a table is delivered: new rows, changed rows, or all rows each day."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from customer_platform.ingestion.casts import identifier, to_declared
from customer_platform.onboarding.delivered import Delivery
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.types import ColumnType
from customer_platform.onboarding.vocabulary import attribute_by_name

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
        dated: The files, where each is of a day that its name tells.
    """
    if dated is None:
        return LoadMode("snapshot", None, "no day in the file's name: each file is the full table")
    column = _column_of_the_day(connection, table, types)
    if len(dated.files) > 1 and key.columns:
        again = _share_that_comes_again(connection, table, key)
        if again >= _SAME:
            return LoadMode(
                "snapshot", None, f"{again:.0%} of a file's keys come again in the next"
            )
        if again > 0:
            return LoadMode("delta", column, f"{again:.0%} of a file's keys come again in the next")
        return LoadMode("append", column, "no key comes again in a later file")
    if column is None:
        return LoadMode("snapshot", None, "no column is of the day in the file's name")
    attribute = attribute_by_name(column)
    if attribute is not None and attribute[0] == "updated_at":
        return LoadMode("delta", column, f"every {column} is of the day in the file's name")
    return LoadMode("append", column, f"every {column} is of the day in the file's name")


def _column_of_the_day(
    connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, ColumnType]
) -> str | None:
    for name, kind in types.items():
        if kind.type not in ("date", "timestamp"):
            continue
        column = identifier(name)
        given = connection.execute(f"select typeof({column}) from {table} limit 1").fetchall()[0][0]
        day = f"({to_declared(column, given, kind.type.upper(), kind.format)})::DATE"
        other = connection.execute(
            f"select 1 from {table} where {day} is distinct from _partition limit 1"
        ).fetchall()
        if not other:
            return name
    return None


def _share_that_comes_again(
    connection: duckdb.DuckDBPyConnection, table: str, key: PrimaryKey
) -> float:
    """Of all keys but the last file's, the share that is in the file after theirs."""
    names = ", ".join(map(identifier, key.columns))
    [(share,)] = connection.execute(
        "with days as (select _partition, lead(_partition) over (order by _partition) "
        f"as following from (select distinct _partition from {table})), "
        f"keyed as (select distinct _partition, {names} from {table}) "
        f"select coalesce(avg((b._partition is not null)::INTEGER), 0) from keyed a "
        f"join days on a._partition = days._partition and following is not null "
        f"left join keyed b on b._partition = days.following and "
        + " and ".join(f"a.{identifier(name)} = b.{identifier(name)}" for name in key.columns)
    ).fetchall()
    return float(share)
