"""Splink, on a database of its own: quiet, optional, and without a trace in the warehouse."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from customer_platform.errors import SimilarRulesError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from splink import Linker

UNIQUE_ID = "record_order"


def has_splink() -> bool:
    """Whether Splink is installed."""
    return find_spec("splink") is not None


def require_splink() -> None:
    """Checks that Splink is installed.

    Raises:
        SimilarRulesError: It isn't; says how to install it.
    """
    if not has_splink():
        raise SimilarRulesError(
            "match rules of kind `similar` need Splink: pip install 'customer-platform[similar]'"
        )


@contextmanager
def scratch_database(like: "DuckDBPyConnection") -> Iterator["DuckDBPyConnection"]:
    """A database in memory, with the threads and the memory limit of another connection.

    Splink leaves tables behind where it works, and sets its own schema.
    """
    import duckdb

    settings = dict(
        like.execute(
            "select name, value from duckdb_settings() "
            "where name in ('threads', 'memory_limit', 'temp_directory')"
        ).fetchall()
    )
    connection = duckdb.connect(config={name: each for name, each in settings.items() if each})
    try:
        yield connection
    finally:
        connection.close()


def linker(connection: "DuckDBPyConnection", table: str, settings: Mapping[str, Any]) -> "Linker":
    """Splink's linker on a table, which says nothing while it works."""
    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.ERROR)
    api = DuckDBAPI(connection)
    return Linker(api.register(table, dataset_display_name=table), dict(settings), log_level=None)
