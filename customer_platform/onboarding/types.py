"""The type of a column, told from all its values: one that the loader reads them all as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import duckdb

from customer_platform.ingestion.casts import identifier, to_declared

_DATE_FORMATS = (
    "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y/%m/%d", "%m/%d/%Y", "%m-%d-%Y",
    "%d-%m-%y", "%d/%m/%y", "%d.%m.%y", "%m/%d/%y",
)  # fmt: skip
_TIMES = (" %H:%M:%S", " %H:%M")
_COMPACT_DAY = "%Y%m%d"
_MOST_DECIMALS = 9
_TRUTH = {"true", "false", "t", "f", "yes", "no", "y", "n"}


class _Fits(Protocol):
    """Says whether all values fit a type."""

    def __call__(self, declared: str, written: str | None = None) -> bool: ...


@dataclass(frozen=True)
class ColumnType:
    """The type of a column.

    Attributes:
        type: DuckDB's name of it.
        format: How its dates are written, where not as ISO 8601.
        note: What a person should know about it.
    """

    type: str
    format: str | None = None
    note: str = ""


@dataclass(frozen=True)
class ColumnStatistics:
    """What all values of a column look like.

    Attributes:
        filled: Values that are not null.
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
        f"from {values_of(table, columns)} group by name"
    ).fetchall()
    found = {name: ColumnStatistics(*measures) for name, *measures in rows}
    empty = ColumnStatistics(0, 0, 0, 0, None, None, 0, 0, 0, 0, 0, 0)
    return {name: found.get(name, empty) for name in columns}


def values_of(table: str, columns: Sequence[str]) -> str:
    """SQL of the filled values of columns as text, one row each: `name`, `value`."""
    texts = ", ".join(f"{identifier(name)}::VARCHAR as {identifier(name)}" for name in columns)
    return f"(unpivot (select {texts} from {table}) on columns(*) into name name value value)"


def infer_types(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    given: Mapping[str, str],
    found: Mapping[str, ColumnStatistics],
    dates_by_name: Sequence[str],
    text_by_name: Sequence[str],
) -> dict[str, ColumnType]:
    """The type of every column.

    Args:
        connection: Where the table is.
        table: Its qualified name.
        given: Column -> the type it is read with.
        found: Column -> its statistics.
        dates_by_name: Columns whose name says that they hold days; only in these are eight digits
            a day.
        text_by_name: Columns whose name says that they hold what looks like a number and is none,
            such as a phone number or postcode.
    """
    types = {}
    for name, kind in given.items():
        if kind.upper() in ("DOUBLE", "FLOAT"):
            types[name] = _of_floats(connection, table, name, kind)
        elif kind.upper() != "VARCHAR":
            types[name] = ColumnType(_declared(kind))
        elif not found[name].filled:
            types[name] = ColumnType("varchar", note="empty in every row")
        else:
            types[name] = _of_text(
                connection, table, name, found[name], name in dates_by_name, name in text_by_name
            )
    return types


def _declared(kind: str) -> str:
    """A type of Parquet as it is declared; pandas' nanoseconds are microseconds here."""
    if kind.startswith(("TIMESTAMP_", "TIMESTAMP W")):
        return "timestamp"
    return kind.lower().replace(",", ", ") if kind.startswith("DECIMAL") else kind.lower()


def _of_text(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    found: ColumnStatistics,
    is_date: bool,
    is_text: bool,
) -> ColumnType:
    def fits(declared: str, written: str | None = None) -> bool:
        return _misfits(connection, table, name, declared, written) == 0

    if is_date and found.integers * 2 > found.filled and not found.leading_zeros:
        compact = _compact_day(connection, table, name, found)
        if compact is not None:
            return compact
    if is_text:
        return ColumnType("varchar")
    if found.integers == found.filled and found.longest <= 18 and fits("BIGINT"):
        return ColumnType("bigint")
    if found.numbers == found.filled and not found.leading_zeros and found.decimals:
        return _of_decimals(found, fits)
    if _may_be_double(found) and fits("DOUBLE"):
        return ColumnType("double")
    if found.integers:
        return ColumnType("varchar")
    if {str(found.least).lower(), str(found.most).lower()} <= _TRUTH and fits("BOOLEAN"):
        return ColumnType("boolean")
    if found.shortest >= 8 and found.longest <= 10 and fits("DATE"):
        return ColumnType("date")
    if found.shortest >= 10 and fits("TIMESTAMP"):
        return ColumnType("timestamp")
    if found.numbers == 0 and found.shortest >= 6 and any(map(str.isdigit, found.most or "")):
        return _of_written_dates(fits)
    return ColumnType("varchar")


def _may_be_double(found: ColumnStatistics) -> bool:
    """Whether no digit is lost: a float holds 15 of them, and an identifier has no exponent."""
    mostly_numbers = found.numbers * 2 > found.filled and not found.leading_zeros
    return mostly_numbers and found.digits <= 15 and found.integers < found.filled


def _of_floats(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, kind: str
) -> ColumnType:
    """A float of a file: a whole number, where only missing values have made it one."""
    column = identifier(name)
    cast = to_declared(column, kind.upper(), "BIGINT")
    [(filled, whole)] = connection.execute(
        f"select count({column}), count({cast}) from {table}"
    ).fetchall()
    if filled and filled == whole:
        return ColumnType("bigint", note="a float in the file, and whole in every row")
    return ColumnType(_declared(kind))


def _of_decimals(found: ColumnStatistics, fits: _Fits) -> ColumnType:
    if found.pointless == found.filled and fits("BIGINT"):
        return ColumnType("bigint", note="written with a point, such as 44.0")
    scale = max(2, found.decimals)
    if scale <= _MOST_DECIMALS and found.digits + scale <= 18:
        return ColumnType(f"decimal(18, {scale})")
    return ColumnType("double")


def _of_written_dates(fits: _Fits) -> ColumnType:
    dates = [written for written in _DATE_FORMATS if fits("DATE", written)]
    if dates:
        return ColumnType("date", dates[0], _ambiguous(dates))
    for time in _TIMES:
        stamps = [w + time for w in _DATE_FORMATS if fits("TIMESTAMP", w + time)]
        if stamps:
            return ColumnType("timestamp", stamps[0], _ambiguous(stamps))
    return ColumnType("varchar")


def _ambiguous(formats: Sequence[str]) -> str:
    return (
        f"{' and '.join(formats)} both fit: the day is taken to come first"
        if len(formats) > 1
        else ""
    )


def _compact_day(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, found: ColumnStatistics
) -> ColumnType | None:
    """Days of eight digits; as text, where a few are none and would be rejected with their rows."""
    misfits = _misfits(connection, table, name, "DATE", _COMPACT_DAY)
    if misfits == 0:
        return ColumnType("date", _COMPACT_DAY)
    if misfits > found.filled / 10:
        return None
    return ColumnType(
        "varchar",
        note=f"{found.filled - misfits:,} of {found.filled:,} are days written {_COMPACT_DAY}; "
        "declared as a date, the rows of the others would be rejected",
    )


def _misfits(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    declared: str,
    written: str | None,
) -> int:
    column = identifier(name)
    cast = to_declared(column, "VARCHAR", declared, written)
    wrong = f"{cast} is null"
    if written is not None:
        # strptime reads '24' as the year 24, and seven digits as a day of one digit.
        wrong += f" or year({cast}) not between 1800 and 2200"
        if written == _COMPACT_DAY:
            wrong += f" or length(trim({column})) <> 8"
    return int(
        connection.execute(
            f"select count(*) from {table} where {column} is not null and ({wrong})"
        ).fetchall()[0][0]
    )
