"""Runs a query on what is published."""

from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.errors import NotPublishedError, QueryError
from customer_platform.publishing.catalogue import FILE_NAME

if TYPE_CHECKING:
    import pyarrow


def run_query(folder: Path, query: str) -> "pyarrow.Table":
    """The rows of a query on the published masters, with the types that they have there.

    Args:
        folder: The folder of what is published.
        query: One statement of SQL that selects, describes or shows; the relations are in the
            schema `master`, which needn't be named.

    Raises:
        NotPublishedError: Nothing is published yet.
        QueryError: DuckDB can't run the query, it is several, or no query.
    """
    import duckdb

    catalogue = folder / FILE_NAME
    if not catalogue.exists():
        raise NotPublishedError(
            f"Nothing is published in {folder} yet: `customer-platform run` does it once the "
            "masters are built and their checks have passed."
        )
    try:
        statements = duckdb.extract_statements(query)
        # The file is opened read-only, which doesn't keep `copy` from writing others.
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise QueryError(f"It has to be one query, such as a select, and nothing else: {query}")
        with duckdb.connect(str(catalogue), read_only=True) as connection:
            connection.execute("set search_path = 'master'")
            return connection.sql(query).to_arrow_table()
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
