"""The warehouse as a Dagster resource, and the pool that keeps it to one writer."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
from dagster import InitResourceContext
from dagster_duckdb import DuckDBResource

from customer_platform.database_errors import unquoted
from customer_platform.environment import load_environment, version_in_force
from customer_platform.errors import VersionError
from customer_platform.run_lock import running
from customer_platform.warehouse.ready import ready_engine

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# DuckDB has one writer: every asset that touches the warehouse is in this pool of one.
WAREHOUSE_POOL = "warehouse"


class Warehouse(DuckDBResource):
    """The DuckDB database file of this deployment."""

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Generator["Warehouse"]:
        """Says for as long as a run takes that it is in progress.

        Raises:
            EngineUnavailableError: The engine can't be used.
        """
        ready_engine(load_environment())
        with running(load_environment().home):
            yield self

    @contextmanager
    def get_connection(self) -> Iterator["DuckDBPyConnection"]:
        """Opens the warehouse, and closes it also when the step fails.

        DuckDBResource leaves the connection of a failed step open, and with it the lock that
        the next step's dbt process needs. An error of DuckDB's loses the values it quotes.
        """
        _refuse_outdated(Path(self.database))
        opened = super().get_connection()
        connection = opened.__enter__()
        try:
            yield connection
        except duckdb.Error as error:
            # Dagster keeps what a step raises in its event log.
            raise unquoted(error) from None
        finally:
            connection.close()


def _refuse_outdated(database: Path) -> None:
    """Keeps a run from writing to a version that is no longer in force.

    Raises:
        VersionError: The run began before another version was put in force.
    """
    home = load_environment().home
    version = version_in_force(home)
    if version and database.is_relative_to(home) and not database.is_relative_to(version):
        raise VersionError(
            f"version {version.name} was put in force since this run began: start the run again"
        )
