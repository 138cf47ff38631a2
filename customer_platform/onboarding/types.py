"""The type of a column, inferred from all its values: one that the loader reads them all as."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from customer_platform.ingestion.casts import to_declared
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.readings import Reading, find_readings
from customer_platform.onboarding.vocabulary import KEY_WORDS, MONEY_WORDS, words
from customer_platform.onboarding.written_dates import (
    COMPACT_DAY,
    Fits,
    date_formats,
    misfits,
    settled,
)
from customer_platform.warehouse.sql import identifier

_MOST_DECIMALS = 9
# Beyond these a float doesn't hold every whole number.
_MOST_WHOLE = 2**53
# The type of a column that the source writes now as a number, now as text.
STAYS_TEXT = "text"
_TEXTS = ("VARCHAR", STAYS_TEXT.upper())
_NUMBERS = ("DOUBLE", "FLOAT", "INTEGER", "BIGINT")
_NARROW = ("TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT", "UINTEGER")
_TRUTH = {"true", "false", "t", "f", "yes", "no", "y", "n"}


@dataclass(frozen=True)
class ColumnType:
    """The type of a column.

    Attributes:
        type: DuckDB's name of it.
        format: How its dates are written, where not as ISO 8601.
        note: What a person should know about it.
        formats: All formats that its dates fit.
        reading: What its text is in the staging view, where it is no text there.
    """

    type: str
    format: str | None = None
    note: str = ""
    formats: tuple[str, ...] = ()
    reading: Reading | None = None

    @property
    def staged(self) -> str:
        """The type in the staging view."""
        return self.reading.type if self.reading is not None else self.type


def epoch_unit(kind: ColumnType, found: ColumnStatistics) -> str | None:
    """Of a column of moments that holds whole numbers: the unit they count since 1970.

    Args:
        kind: The column's type.
        found: What its values look like.

    Returns:
        `seconds` or `milliseconds`; None where they are no moments between 2001 and 2286.
    """
    if kind.type != "bigint" or found.shortest != found.longest:
        return None
    return {10: "seconds", 13: "milliseconds"}.get(found.longest)


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
        given: Column -> the type it is read with; `STAYS_TEXT` is text whatever its values are.
        found: Column -> its statistics.
        dates_by_name: Columns whose name says that they hold days; only in these are eight digits
            a day.
        text_by_name: Columns whose name says that they hold what looks like a number and is none,
            such as a phone number or postcode.
    """
    types = {}
    text = {*text_by_name, *(name for name, kind in given.items() if kind == STAYS_TEXT)}
    for name, kind in given.items():
        if not found[name].filled:
            # A number that no row has: pandas writes a column of missing text so, too.
            is_text = kind.upper() in (*_TEXTS, *_NUMBERS)
            declared = "varchar" if is_text else _declared(kind)
            types[name] = ColumnType(declared, note="empty in every row")
        elif kind.upper() in ("DOUBLE", "FLOAT"):
            types[name] = _of_floats(connection, table, name, kind)
        elif kind.upper() not in _TEXTS:
            types[name] = ColumnType(_declared(kind))
        else:
            types[name] = _of_text(
                connection, table, name, found[name], name in dates_by_name, name in text
            )
    settled_types = _with_money(_with_dates_settled(types))
    return _with_readings(connection, table, settled_types, text)


def _with_money(types: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Amounts of money that are all whole are decimals too: those to come may have cents."""
    return {
        name: ColumnType("decimal(18, 2)")
        if kind == ColumnType("bigint") and _is_money(name)
        else kind
        for name, kind in types.items()
    }


def _is_money(name: str) -> bool:
    parts = set(words(name))
    return bool(parts & MONEY_WORDS) and not parts & KEY_WORDS


def _declared(kind: str) -> str:
    """A type of Parquet as it is declared; pandas' nanoseconds are microseconds here.

    Whole numbers are so of any width: the same column is wider in the file that needs it.
    """
    if kind.upper() in _NARROW:
        return "bigint"
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
        return misfits(connection, table, name, declared, written) == 0

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
        return _of_written_dates(fits, [each for each in (found.least, found.most) if each])
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
        f"select count({column}), count({cast}) filter (abs({cast}) < {_MOST_WHOLE}) from {table}"
    ).fetchall()
    if filled and filled == whole:
        return ColumnType("bigint", note="stored as a float, and whole in every row")
    return ColumnType(_declared(kind))


def _of_decimals(found: ColumnStatistics, fits: Fits) -> ColumnType:
    if found.pointless == found.filled and fits("BIGINT"):
        return ColumnType("bigint", note="written with a point, such as 44.0")
    scale = max(2, found.decimals)
    if scale <= _MOST_DECIMALS and found.digits + scale <= 18:
        return ColumnType(f"decimal(18, {scale})")
    return ColumnType("double")


def _of_written_dates(fits: Fits, examples: Sequence[str]) -> ColumnType:
    found = date_formats(fits, examples)
    if found is None:
        return ColumnType("varchar")
    kind, formats = found
    return ColumnType(kind, formats[0], formats=tuple(formats))


def _with_dates_settled(types: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Columns that fit two formats of dates, settled by those of the table that fit one."""
    clear = [kind.formats[0] for kind in types.values() if len(kind.formats) == 1]
    result = dict(types)
    for name, kind in types.items():
        if len(kind.formats) > 1:
            written, note = settled(kind.formats, clear)
            result[name] = replace(kind, format=written, note=note)
    return result


def _with_readings(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, ColumnType],
    text_by_name: Collection[str],
) -> dict[str, ColumnType]:
    texts = [
        name
        for name, kind in types.items()
        if kind.type == "varchar" and not kind.note and name not in text_by_name
    ]
    found = find_readings(connection, table, texts)
    return dict(types) | {
        name: replace(types[name], reading=reading, note=note)
        for name, (reading, note) in found.items()
    }


def _compact_day(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, found: ColumnStatistics
) -> ColumnType | None:
    """Days of eight digits; as text, where a few are none and would be rejected with their rows."""
    others = misfits(connection, table, name, "DATE", COMPACT_DAY)
    if others == 0:
        return ColumnType("date", COMPACT_DAY)
    if others > found.filled / 10:
        return None
    return ColumnType(
        "varchar",
        note=f"{found.filled - others:,} of {found.filled:,} are days written {COMPACT_DAY}; "
        "declared as a date, the rows of the others would be rejected",
    )
