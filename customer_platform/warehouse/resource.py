"""The warehouse as a Dagster resource, and the pool that keeps it to one writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
from dagster_duckdb import DuckDBResource

from customer_platform.database_errors import unquoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# DuckDB has one writer: every asset that touches the warehouse is in this pool of one.
WAREHOUSE_POOL = "warehouse"


class Warehouse(DuckDBResource):
    """The DuckDB database file of this deployment."""

    @contextmanager
    def get_connection(self) -> Iterator["DuckDBPyConnection"]:
        """Opens the warehouse, and closes it also when the step fails.

        DuckDBResource leaves the connection of a failed step open, and with it the lock that
        the next step's dbt process needs. An error of DuckDB's loses the values it quotes.
        """
        opened = super().get_connection()
        connection = opened.__enter__()
        try:
            yield connection
        except duckdb.Error as error:
            # Dagster keeps what a step raises in its event log.
            raise unquoted(error) from None
        finally:
            connection.close()
