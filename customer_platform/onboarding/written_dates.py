"""Dates and times that are not written as ISO 8601: in which format, and what is ambiguous."""

from collections.abc import Sequence
from typing import Protocol

import duckdb

from customer_platform.ingestion.casts import identifier, to_declared

COMPACT_DAY = "%Y%m%d"
_FORMATS = (
    "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%Y", "%m-%d-%Y",
    "%d-%m-%y", "%d/%m/%y", "%d.%m.%y", "%m/%d/%y",
)  # fmt: skip
_TIMES = (" %H:%M:%S", " %H:%M")


class Fits(Protocol):
    """Says whether all values of a column fit a type."""

    def __call__(self, declared: str, written: str | None = None) -> bool:  # noqa: D102
        ...


def date_formats(fits: Fits) -> tuple[str, list[str]] | None:
    """The type and the formats that all values fit, None where they are no dates.

    Args:
        fits: Whether all values fit a type and format.
    """
    dates = [written for written in _FORMATS if fits("DATE", written)]
    if dates:
        return "date", dates
    for time in _TIMES:
        stamps = [w + time for w in _FORMATS if fits("TIMESTAMP", w + time)]
        if stamps:
            return "timestamp", stamps
    return None


def settled(formats: Sequence[str], clear: Sequence[str]) -> tuple[str, str]:
    """The format of an ambiguous column, and why it is that one.

    Args:
        formats: Those that fit, the one with the day first before that with the month first.
        clear: The formats of the columns of the same table that fit one alone.
    """
    orders = {_month_first(each) for each in clear if not each.startswith("%Y")}
    found = [each for each in formats if _month_first(each) in orders]
    both = f"{' and '.join(formats)} both fit"
    if len(orders) == 1 and found:
        first = "month" if _month_first(found[0]) else "day"
        return found[0], f"{both}: the {first} comes first, as in other columns of the table"
    return formats[0], f"{both}: the day is taken to come first"


def _month_first(written: str) -> bool:
    return written.startswith("%m")


def misfits(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    declared: str,
    written: str | None,
) -> int:
    """How many values of a column of text don't fit a type.

    Args:
        connection: Where the table is.
        table: Its qualified name.
        name: The column.
        declared: The type.
        written: How its dates are written, None for as usual.
    """
    column = identifier(name)
    cast = to_declared(column, "VARCHAR", declared, written)
    wrong = f"{cast} is null"
    if written is not None:
        # strptime reads '24' as the year 24, and seven digits as a day of one digit.
        wrong += f" or year({cast}) not between 1800 and 2200"
        if written == COMPACT_DAY:
            wrong += f" or length(trim({column})) <> 8"
    return int(
        connection.execute(
            f"select count(*) from {table} where {column} is not null and ({wrong})"
        ).fetchall()[0][0]
    )
