"""Runs a query on what is published."""

from pathlib import Path

import pandas as pd

from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform.publishing.errors import NotPublishedError, QueryError


def run_query(folder: Path, query: str) -> pd.DataFrame:
    """The rows of a query on the published masters.

    Args:
        folder: The folder of what is published.
        query: SQL; the relations are in the schema `master`, which needn't be named.

    Raises:
        NotPublishedError: Nothing is published yet.
        QueryError: DuckDB can't run the query, or it writes.
    """
    import duckdb

    catalogue = folder / FILE_NAME
    if not catalogue.exists():
        raise NotPublishedError(
            f"Nothing is published in {folder} yet: `customer-platform run` does it once the "
            "masters are built and their checks have passed."
        )
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        connection.execute("set search_path = 'master'")
        try:
            result = connection.sql(query)
            if result is None:
                raise QueryError(f"The query returns no rows; it has to be a select: {query}")
            frame: pd.DataFrame = result.df()
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
    return frame
