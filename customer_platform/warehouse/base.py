"""What an engine does for the platform's Python: the few operations that differ between engines.

DuckDB is the **workshop** on every engine: the file `warehouse.duckdb` of the home, in which the
platform lands, resolves, explains and publishes. On DuckDB it is the warehouse as well. On another
engine it holds what Python keeps, and has views of all that the engine keeps, so that what reads
them is the same on every engine.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from customer_platform.chosen_engine import ChosenEngine, EngineName
from customer_platform.warehouse.duckdb import IN_WAREHOUSE

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection


class Engine(Protocol):
    """Where a deployment's tables are kept. Tables are named `schema.table`."""

    @property
    def name(self) -> EngineName:
        """Which engine it is."""

    def check(self) -> None:
        """Checks that tables can be kept and read, before a run writes anything.

        Raises:
            EngineUnavailableError: They can't; the message says what to do.
        """

    def declared_columns(self, table: str) -> str:
        """The table of the workshop that has the columns of a table by day, with their types.

        Args:
            table: A table whose rows are replaced by day: one of the schema `raw`.
        """

    def make_days(self, connection: "DuckDBPyConnection", table: str) -> None:
        """Makes a table by day where it isn't there, and adds the columns that it has got.

        Args:
            connection: The workshop.
            table: The table, whose `declared_columns` are there.

        Raises:
            NotOnEngineError: The engine has no type for a column.
        """

    def replace_days(
        self,
        connection: "DuckDBPyConnection",
        table: str,
        days: Sequence[str],
        insert: Callable[[str], None],
    ) -> None:
        """Replaces days of a table; whoever is killed leaves each with its old or its new rows.

        Args:
            connection: The workshop, in a transaction.
            table: The table, with a column `_partition`.
            days: The days, ISO.
            insert: Inserts the rows of these days into the table that it is given the name of.
        """

    def share(self, connection: "DuckDBPyConnection", tables: Sequence[str]) -> None:
        """Gives the engine the rows of tables of the workshop that its models read.

        Args:
            connection: The workshop, outside of a transaction.
            tables: The tables.
        """

    def show(
        self,
        connection: "DuckDBPyConnection",
        tables: Sequence[str],
        views: Mapping[str, str],
    ) -> None:
        """Shows in the workshop what dbt has built.

        Args:
            connection: The workshop, outside of a transaction.
            tables: The tables that were built.
            views: By name, in an order in which they can be made, the DuckDB SQL of the views.
        """

    def read_frame(
        self, connection: "DuckDBPyConnection", query: str, limit: int
    ) -> "pd.DataFrame":
        """The first rows of a query in the engine's own SQL.

        Args:
            connection: The workshop.
            query: The query, as dbt has compiled it.
            limit: How many rows at most.
        """

    def forget_pending(self, connection: "DuckDBPyConnection", kinds: Sequence[str]) -> None:
        """Removes rows of `master.pending_changes`, as what they stand for has been done.

        Args:
            connection: The workshop.
            kinds: Their kinds.
        """


def engine_of(chosen: ChosenEngine) -> Engine:
    """The engine that a deployment has chosen.

    Args:
        chosen: Its choice.

    Raises:
        EngineUnavailableError: What it needs isn't installed.
    """
    if chosen.name == "duckdb":
        return IN_WAREHOUSE
    from customer_platform.warehouse.spark import SparkEngine, spark_session

    return SparkEngine(lambda: spark_session(chosen), chosen)
