"""How values become comparable: SQL functions, created wherever SQL calls them."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FILES = ("duckdb.sql", "duckdb_phones.sql", "duckdb_countries.sql", "duckdb_read.sql")
_CREATE = "create or replace macro "


def create_functions(connection: "DuckDBPyConnection") -> None:
    """Creates all functions in the database, or puts them in the place of an older version's.

    Args:
        connection: A connection that writes.
    """
    marker = _marker()
    [(made,)] = connection.execute(
        "select count(*) from duckdb_functions() "
        "where function_name = ? and database_name = current_database()",
        [marker],
    ).fetchall()
    if not made:
        connection.execute(
            "".join(function_statements().values()) + f"{_CREATE}{marker}() as true;"
        )


def create_temporary_functions(connection: "DuckDBPyConnection", names: Iterable[str]) -> None:
    """Creates some functions for this connection alone, whatever the database has or lets write.

    Args:
        connection: A connection.
        names: The functions; those that they call are created, too.
    """
    statements = function_statements()
    needed = set[str]()
    for name in names:
        needed |= _called(name)
    connection.execute(
        "".join(
            text.replace(_CREATE, "create or replace temp macro ")
            for name, text in statements.items()
            if name in needed
        )
    )


def inlined(name: str, argument: str) -> str:
    """A function of one argument `x` as the expression that it stands for, where there is none.

    Args:
        name: The function.
        argument: SQL of its argument.
    """
    body = function_statements()[name].partition(" as\n")[2].rpartition(";")[0].strip()
    # In a pattern, the x of a character's code is no argument.
    return re.sub(r"(?<![\\\w])x(?!\w)", lambda _: argument, body)


@cache
def function_statements() -> Mapping[str, str]:
    """The statement that creates each function on DuckDB, those that it calls before it."""
    text = "".join(Path(__file__).with_name(name).read_text("utf-8") for name in _FILES)
    statements = (_CREATE + each for each in text.split(_CREATE)[1:])
    return {each.removeprefix(_CREATE).partition("(")[0]: each for each in statements}


@cache
def _called(name: str) -> frozenset[str]:
    """A function and those that it calls, directly or not."""
    statements = function_statements()
    found = {name}
    for word in set(re.findall(r"\b([a-z_]+)\(", statements[name])) & set(statements) - {name}:
        found |= _called(word)
    return frozenset(found)


@cache
def _marker() -> str:
    """The name of a function that is created last: another one for other functions."""
    text = "".join(function_statements().values())
    return f"functions_{md5(text.encode(), usedforsecurity=False).hexdigest()}"
