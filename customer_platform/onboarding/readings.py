"""Text that stays text in the raw table and is a number or yes and no in the staging view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import duckdb

from customer_platform.onboarding.column_statistics import values_of
from customer_platform.onboarding.vocabulary import NO_WORDS, YES_WORDS
from customer_platform.warehouse.sql import literal

_CURRENCY = r"(?:€|\$|£|R\$|EUR|USD|GBP|CHF)?"
_DAY = r"'\s*[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4}\s*'"
_ZEROS = r"'\s*0+([-/. :]+0+)+\s*'"
_MOST_DIGITS, _MOST_DECIMALS = 18, 9
# More different words than these are no yes and no.
_MOST_WORDS = 8


@dataclass(frozen=True)
class NumberReading:
    """Text that is a number written in another way than the loader reads.

    Attributes:
        decimal_mark: What parts a number from its decimals.
        type: The type that it has in the view.
    """

    decimal_mark: str
    type: str


@dataclass(frozen=True)
class TruthReading:
    """Text that says yes or no.

    Attributes:
        yes: The words of the column that say yes, in lower case.
        no: Those that say no.
    """

    yes: tuple[str, ...]
    no: tuple[str, ...]

    type = "boolean"


@dataclass(frozen=True)
class DayReading:
    """Text that is a day, or zeros where none is known, as spreadsheets write `0/0/00`.

    Attributes:
        order: `dmy`, or `mdy` where the month comes first.
    """

    order: str

    type = "date"


Reading = NumberReading | TruthReading | DayReading


def find_readings(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> dict[str, tuple[Reading | None, str]]:
    """Of columns of text those that hold numbers or yes and no, with a note for a person.

    A reading is only one that every value has. Where two are possible there is the note alone.

    Args:
        connection: Where the table is.
        table: Its qualified name.
        columns: Names of columns of text.
    """
    if not columns:
        return {}
    return (
        _numbers(connection, table, columns)
        | _truths(connection, table, columns)
        | _days(connection, table, columns)
    )


def _pattern(decimal_mark: str, thousands: str) -> str:
    """A number, perhaps with a currency: no leading zero, so that it is no code."""
    whole = rf"(?:0|[1-9][0-9]{{0,2}}(?:[{thousands}][0-9]{{3}})+|[1-9][0-9]*)"
    number = rf"-? ?{whole}(?:{decimal_mark}[0-9]+)?"
    return rf"(?:{_CURRENCY} ?|-{_CURRENCY}){number} ?{_CURRENCY}"


_COMMA, _POINT = _pattern(",", ". \u00a0'"), _pattern("[.]", ", \u00a0'")


class _Numbers(NamedTuple):
    """What the values of a column look like as numbers; counts are of values that are not blank."""

    shown: str
    filled: int
    with_comma: int  # are numbers whose decimals follow a comma
    with_point: int  # are numbers whose decimals follow a point
    others: int  # have another character than digits and a minus
    marks: int  # have a comma or point
    currencies: int
    after_comma: int  # most digits behind the last comma
    after_point: int
    digits: int  # most digits


def _numbers(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> dict[str, tuple[Reading | None, str]]:
    text = "trim(value)"
    rows = connection.execute(
        f"select name, max(value), count(*), "
        f"count_if(regexp_full_match({text}, {literal(_COMMA)})), "
        f"count_if(regexp_full_match({text}, {literal(_POINT)})), "
        f"count_if(regexp_matches({text}, '[^0-9-]')), count_if(regexp_matches({text}, '[.,]')), "
        f"count_if(regexp_matches({text}, '[€$£A-Z]')), "
        f"max(length(regexp_extract({text}, ',([0-9]+)[^0-9]*$', 1))), "
        f"max(length(regexp_extract({text}, '[.]([0-9]+)[^0-9]*$', 1))), "
        f"max(length(regexp_replace({text}, '[^0-9]', '', 'g'))) "
        f"from {values_of(table, columns)} where {text} <> '' group by name"
    ).fetchall()
    measured = {name: _Numbers(*measures) for name, *measures in rows}
    return {
        name: _number(each)
        for name, each in measured.items()
        if each.others and each.filled == max(each.with_comma, each.with_point)
    }


def _number(found: _Numbers) -> tuple[Reading | None, str]:
    """The reading of a column whose values are all numbers."""
    either = found.with_comma == found.with_point
    comma = found.with_comma > found.with_point
    decimals = 0 if either else found.after_comma if comma else found.after_point
    if (either and found.marks) or not (decimals or found.currencies):
        return None, f"{found.shown} may be a number with thousands: if so, cast it in the view"
    scale = max(2, decimals)
    if scale > _MOST_DECIMALS or found.digits - decimals + scale > _MOST_DIGITS:
        return None, f"{found.shown} has too many digits for a decimal: cast it in the view"
    kind = f"decimal({_MOST_DIGITS}, {scale})"
    return NumberReading("," if comma else ".", kind), f"{found.shown} is text in the raw table"


def _days(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> dict[str, tuple[Reading | None, str]]:
    part = "try_cast(regexp_extract(value, '([0-9]+)[-/.]([0-9]+)', {}) as INTEGER)".format
    rows = connection.execute(
        f"select name, max({part(1)}), max({part(2)}), "
        f"count_if(regexp_full_match(value, {_ZEROS})) "
        f"from {values_of(table, columns)} where trim(value) <> '' group by name having "
        f"bool_and(regexp_full_match(value, {_ZEROS}) or regexp_full_match(value, {_DAY})) "
        f"and count_if(regexp_full_match(value, {_DAY})) > 0"
    ).fetchall()
    found: dict[str, tuple[Reading | None, str]] = {}
    for name, first, second, zeros in rows:
        if min(first, second) <= 12:
            order = "mdy" if second > 12 else "dmy"
            ambiguous = "" if max(first, second) > 12 else ", the day taken to come first"
            note = f"{zeros:,} of its days are zeros{ambiguous}: text in the raw table"
            found[name] = DayReading(order), note
    return found


def _truths(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> dict[str, tuple[Reading | None, str]]:
    rows: Sequence[tuple[str, Sequence[str]]] = connection.execute(
        "select name, list(distinct lower(trim(value)) order by lower(trim(value))) "
        f"from {values_of(table, columns)} where trim(value) <> '' group by name "
        f"having count(distinct lower(trim(value))) <= {_MOST_WORDS}"
    ).fetchall()
    words: Mapping[str, Sequence[str]] = dict(rows)
    found: dict[str, tuple[Reading | None, str]] = {}
    for name, said in words.items():
        yes = tuple(word for word in said if word in YES_WORDS)
        no = tuple(word for word in said if word in NO_WORDS)
        # Words of one kind alone may mean anything.
        if yes and no and len(yes) + len(no) == len(said):
            shown = f"{', '.join(yes)} and {', '.join(no)}"
            found[name] = TruthReading(yes, no), f"{shown} are text in the raw table"
    return found
