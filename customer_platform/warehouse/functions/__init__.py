"""How values become comparable: SQL functions, one file per engine, created wherever SQL calls them."""

from functools import cache
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FILES = ("duckdb_phones.sql", "duckdb_countries.sql", "duckdb.sql")


def create_functions(connection: "DuckDBPyConnection", *, temporary: bool = False) -> None:
    """Creates the functions, or puts them in the place of an older version's.

    Args:
        connection: A connection.
        temporary: For this connection alone, also where its database can't be written; otherwise in
            the database, for all who open it.
    """
    # Once, as reading them takes a tenth of a second.
    [(made,)] = connection.execute(
        "select count(*) from duckdb_functions() where function_name = ? and database_name = "
        + ("'temp'" if temporary else "current_database()"),
        [_version_of(_text())],
    ).fetchall()
    if not made:
        connection.execute(_statements(temporary))


@cache
def _text() -> str:
    return "".join(Path(__file__).with_name(name).read_text("utf-8") for name in _FILES)


@cache
def _statements(temporary: bool) -> str:
    text = _text()
    text += f"create or replace macro {_version_of(text)}() as true;"
    return text.replace("or replace macro", "or replace temp macro") if temporary else text


def _version_of(text: str) -> str:
    """The name of the function that is created last: another one for other functions."""
    return f"functions_{md5(text.encode(), usedforsecurity=False).hexdigest()}"
