"""Dates and times that are not written as ISO 8601: in which format, and what is ambiguous."""

import re
from collections.abc import Sequence
from typing import Protocol

import duckdb

from customer_platform.ingestion.casts import is_blank, to_declared
from customer_platform.warehouse.sql import identifier, literal

COMPACT_DAY = "%Y%m%d"
_FORMATS = (
    "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%Y", "%m-%d-%Y",
    "%d-%m-%y", "%d/%m/%y", "%d.%m.%y", "%m/%d/%y", "%Y.%m.%d",
    "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%y", "%d %B %Y", "%B %d, %Y",
)  # fmt: skip
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p")
_TIMES = tuple(f"{between}{clock}" for between in (" ", ", ", " at ") for clock in _CLOCKS)
# With an offset, as RFC 2822 has one, and ISO 8601 with a blank that DuckDB doesn't read.
_WITH_OFFSET = (
    "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M %z", "%Y-%m-%d %H:%M:%S.%f %z",
    "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %Z", "%d %b %Y %H:%M:%S %z",
    *(f"{day} {clock} %z" for day in _FORMATS[:10] for clock in _CLOCKS[:2]),
)  # fmt: skip
_STAMPS = (*(day + time for time in _TIMES for day in _FORMATS), *_WITH_OFFSET)


# What may be a date at a glance, so that not every text is tried on all formats.
_LOOKS_DATED = re.compile(
    r"(?i)(?:[0-9:/.,+ -]|\b(?:at|[ap]m|gmt|utc|cest?|[ecmp][sd]t|z)\b|[ap]m\b"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mon|tue|wed|thu|fri|sat|sun)[a-z]*)+"
)


class Fits(Protocol):
    """Says whether all values of a column fit a type."""

    def __call__(self, declared: str, written: str | None = None) -> bool:  # noqa: D102
        ...


def date_formats(fits: Fits, examples: Sequence[str]) -> tuple[str, list[str]] | None:
    """The type and the formats that all values fit, None where they are no dates.

    Args:
        fits: Whether all values fit a type and format.
        examples: Some values; formats that these don't fit are not tried on all.
    """
    dates = [each for each in _possible(_FORMATS, examples) if fits("DATE", each)]
    if dates:
        return "date", dates
    stamps = [each for each in _possible(_STAMPS, examples) if fits("TIMESTAMP", each)]
    return ("timestamp", stamps) if stamps else None


def _possible(formats: Sequence[str], examples: Sequence[str]) -> list[str]:
    """Of many formats those that a few values fit."""
    if not examples or not all(map(_LOOKS_DATED.fullmatch, examples)):
        return []
    fits = [
        " and ".join(f"try_strptime({literal(each)}, {literal(written)}) is not null"
                     for each in examples)
        for written in formats
    ]  # fmt: skip
    with duckdb.connect() as connection:
        [found] = connection.execute(f"select {', '.join(fits)}").fetchall()
    return [written for written, does in zip(formats, found, strict=True) if does]


def settled(formats: Sequence[str], clear: Sequence[str]) -> tuple[str, str]:
    """The format of an ambiguous column, and why it is that one.

    Args:
        formats: Those that fit, the one with the day first before that with the month first.
        clear: The formats of the columns of the same table that fit one alone.
    """
    orders = {
        _month_first(each) for each in clear if each.startswith(("%d", "%m")) and "%m" in each
    }
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
            f"select count(*) from {table} where not ({is_blank(column)}) and ({wrong})"
        ).fetchall()[0][0]
    )
