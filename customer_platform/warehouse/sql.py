"""SQL as text: quoting, relations that are a table or a query, and statements kept in files."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent
_QUERY_STARTS = ("select", "with", "from", "values", "(")
_PART = re.compile(r"\{([a-z]\w*)\}")


def identifier(name: str) -> str:
    """Quotes a name of a column or table."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quotes a text constant."""
    return "'" + value.replace("'", "''") + "'"


def listed(values: Iterable[str]) -> str:
    """Text constants, separated by commas."""
    return ", ".join(map(literal, values))


def rows_of_text(rows: Iterable[tuple[str, ...]]) -> str:
    """Rows of text constants, to write after `values` or `in`."""
    return ", ".join(f"({listed(row)})" for row in rows)


def relation(records: str) -> str:
    """What to write after `from` for a table name (quoted where it needs it) or a query."""
    words = records.replace("(", "( ").split(None, 1)
    if words and words[0].lower() in _QUERY_STARTS:
        return f"({records.strip().rstrip(';')})"
    return records


def bare(table: str) -> str:
    """The name of a temporary table without its `temp.`, as `create temp table` wants it."""
    return table.removeprefix("temp.")


def statement(name: str, **parts: str) -> str:
    """The text of a file of SQL, with its `{parts}` filled in.

    Values don't belong among the parts: DuckDB binds them to `$name`.

    Args:
        name: Room and file, as `identity/write_ended` for `identity/sql/write_ended.sql`.
        parts: What to write for each part: quoted names, expressions or queries.

    Raises:
        KeyError: A part of the file isn't given.
    """
    return _PART.sub(lambda found: parts[found[1]], _text(name))


@cache
def _text(name: str) -> str:
    room, _, file = name.partition("/")
    return (_PACKAGE / room / "sql" / f"{file}.sql").read_text("utf-8")
