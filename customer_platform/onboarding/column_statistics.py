"""What all values of a column look like, measured once for all that is inferred from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from customer_platform.ingestion.casts import is_blank
from customer_platform.warehouse.sql import identifier


@dataclass(frozen=True)
class ColumnStatistics:
    """What all values of a column look like.

    Attributes:
        filled: Values that are neither null nor blank; the others are of these.
        distinct: Different values.
        shortest: Length of the shortest value as text.
        longest: Length of the longest.
        least: The least value as text.
        most: The greatest value as text.
        integers: Values that are whole numbers, written without a leading zero.
        leading_zeros: Values that begin with a zero and another digit.
        numbers: Values that are numbers written with a point, or whole.
        pointless: Whole numbers written with a point, such as 44.0.
        decimals: Most digits behind a point.
        digits: Most digits before it.
    """

    filled: int
    distinct: int
    shortest: int
    longest: int
    least: str | None
    most: str | None
    integers: int
    leading_zeros: int
    numbers: int
    pointless: int
    decimals: int
    digits: int


def statistics(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> dict[str, ColumnStatistics]:
    """Statistics of columns over all rows.

    Args:
        connection: Where the table is.
        table: Its qualified name.
        columns: Names of columns.
    """
    text = "trim(value)"
    number = f"regexp_full_match({text}, '-?([0-9]+([.][0-9]*)?|[.][0-9]+)')"
    # One row a value: an expression for each of 2,000 columns is planned longer than it is run.
    rows = connection.execute(
        "select name, count(*), count(distinct value), min(length(value)), max(length(value)), "
        f"min(value), max(value), "
        f"count_if(regexp_full_match({text}, '-?(0|[1-9][0-9]*)')), "
        f"count_if(regexp_full_match({text}, '0[0-9]+')), count_if({number}), "
        f"count_if(regexp_full_match({text}, '-?[0-9]+[.]0')), "
        f"coalesce(max(length(split_part({text}, '.', 2))) filter ({number}), 0), "
        f"coalesce(max(length(ltrim(split_part({text}, '.', 1), '-'))) filter ({number}), 0) "
        f"from {values_of(table, columns)} where not ({is_blank('value')}) group by name"
    ).fetchall()
    found = {name: ColumnStatistics(*measures) for name, *measures in rows}
    empty = ColumnStatistics(0, 0, 0, 0, None, None, 0, 0, 0, 0, 0, 0)
    return {name: found.get(name, empty) for name in columns}


def values_of(table: str, columns: Sequence[str]) -> str:
    """SQL of the filled values of columns as text, one row each: `name`, `value`."""
    texts = ", ".join(f"{identifier(name)}::VARCHAR as {identifier(name)}" for name in columns)
    return f"(unpivot (select {texts} from {table}) on columns(*) into name name value value)"
