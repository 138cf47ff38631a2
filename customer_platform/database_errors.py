"""What a database says of a failure, without the values of the row that it failed at.

`Could not convert string 'anna@example.com' to DATE` would otherwise stand in the event log, in
dbt's log and on the terminal of whoever runs the platform.
"""

import re

import duckdb

REMOVED = "…"

# They speak of SQL, names and files, and of no row.
_OF_THE_STATEMENT = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConnectionException,
    duckdb.DependencyException,
    duckdb.IOException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
    duckdb.PermissionException,
    duckdb.SyntaxException,
    duckdb.TransactionException,
)
# Where DuckDB begins to quote the statement, the row, or the value once more.
_QUOTATION = re.compile(r"\n|\bInput:|\bOriginal Line\b|\bLINE \d+:")
_QUOTED = re.compile(r"""(["']).*\1|["'].*$""")
# A number of five characters or more, and not the precision of a type.
_NUMBER = re.compile(r"(?<!DECIMAL\()(?<!\w)[-+]?\d[\d.,:\-]{4,}")


# How PostgreSQL numbers errors of data and of constraints.
_SQLSTATE_OF_DATA = re.compile(r"SQLSTATE:? 2[23]")


def reason_of(error: Exception) -> str:
    """What a library says is wrong, without the statement that it was given."""
    return str(error).partition("\n")[0]


def is_of_a_row(error: BaseException) -> bool:
    """Whether an error is one of DuckDB's that may quote values of a row."""
    return isinstance(error, duckdb.Error) and not isinstance(error, _OF_THE_STATEMENT)


def without_values(error: BaseException) -> str:
    """The message of an error, without what it quotes of a row.

    Args:
        error: Any error; the message of one that isn't DuckDB's, or that speaks of the statement,
            is kept as it is.
    """
    message = str(error)
    if not is_of_a_row(error):
        return message
    said = _QUOTATION.split(message, maxsplit=1)[0].strip()
    return _NUMBER.sub(REMOVED, _QUOTED.sub(REMOVED, said))


def unquoted(error: duckdb.Error) -> duckdb.Error:
    """The same error with that message; to be raised `from None`."""
    return type(error)(without_values(error)) if is_of_a_row(error) else error


def without_quoted_values(message: str, error: Exception) -> str:
    """The message of a database's driver, without the values it quotes.

    Args:
        message: The message.
        error: The error: of PEP 249's kinds, those of data and of integrity quote values.
    """
    # PostgreSQL repeats the query from "LINE 1:" on.
    said = message.partition("\nLINE ")[0].strip()
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & {"DataError", "IntegrityError"} or _SQLSTATE_OF_DATA.search(message):
        return _NUMBER.sub(REMOVED, _QUOTED.sub(REMOVED, said.partition("\n")[0]))
    return said
