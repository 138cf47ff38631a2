"""Runs a query on what is published."""

from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.errors import NotPublishedError, QueryError
from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform.warehouse.sql import literal

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

# No query can change them back, nor find data in the variables of this process.
_CLOSED = """
set autoinstall_known_extensions = false;
set autoload_known_extensions = false;
set allow_community_extensions = false;
set python_enable_replacements = false;
set enable_external_access = false;
set lock_configuration = true;
"""


def run_query(folder: Path, query: str) -> "pyarrow.Table":
    """The rows of a query on the published masters, with the types that they have there.

    The query reads files of this folder and no others.

    Args:
        folder: The folder of what is published.
        query: One statement of SQL that selects, describes or shows; the relations are in the
            schema `master`, which needn't be named.

    Raises:
        NotPublishedError: Nothing is published yet.
        QueryError: DuckDB can't run the query, it is several, or no query, or it reads something
            else than what is published.
    """
    import duckdb

    folder = folder.resolve()
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
            _close(connection, folder)
            return connection.sql(query).to_arrow_table()
    except duckdb.PermissionException as error:
        raise QueryError(f"A query reads what is published, and nothing else. {error}") from error
    except duckdb.Error as error:
        raise QueryError(str(error)) from error


def _close(connection: "DuckDBPyConnection", folder: Path) -> None:
    """Lets a connection read the files of a folder, and reach nothing else."""
    connection.execute("set search_path = 'master'")
    # Without the slash, it would be every folder whose name begins like that.
    connection.execute(f"set allowed_directories = [{literal(f'{folder}/')}]")
    connection.execute(_CLOSED)
