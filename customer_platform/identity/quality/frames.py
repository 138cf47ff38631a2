"""Reads a frame."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


def frame(connection: "DuckDBPyConnection", query: str) -> "pd.DataFrame":
    """The rows of a query."""
    found: pd.DataFrame = connection.execute(query).df()
    return found
