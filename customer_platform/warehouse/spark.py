"""The engine on Spark: tables are Parquet files in the lake, and Spark Connect knows them."""

import importlib.util
import socket
import uuid
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from customer_platform.chosen_engine import LAKE, WAREHOUSE, ChosenEngine, EngineName
from customer_platform.errors import EngineUnavailableError
from customer_platform.warehouse.duckdb import column_types, read_frame
from customer_platform.warehouse.functions import create_functions
from customer_platform.warehouse.functions.spark import create_functions as create_spark_functions
from customer_platform.warehouse.lake import DAY, Lake, LakeColumn
from customer_platform.warehouse.spark_check import check_lake, check_schemas
from customer_platform.warehouse.spark_types import duckdb_type, spark_type, written
from customer_platform.warehouse.sql import identifier, literal

if TYPE_CHECKING:
    import pandas as pd
    from duckdb import DuckDBPyConnection
    from pyspark.sql import SparkSession

SCHEMAS = ("raw", "staging", "identity", "master", "published", "published_files")

# As in dbt's profile.
_SETTINGS = {
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.session.timeZone": "UTC",
    # Hive's catalogue can't filter by a column whose name begins with an underscore.
    "spark.sql.hive.metastorePartitionPruningFallbackOnException": "true",
}
_PORT = 15002
_SECONDS = 5.0
_EXTRA = "customer-platform[spark]"
_PENDING = "master.pending_changes"
# In the workshop: empty tables with the declared columns of what the lake has by day.
_DECLARED = "declared_in_lake"
_KEPT = "rows_to_keep"


def missing_package() -> str | None:
    """Which package Spark needs and isn't installed; None where nothing is missing."""
    needed = {"pyspark.sql.connect": "pyspark-client", "grpc": "pyspark-client"}
    needed["dbt.adapters.spark"] = "dbt-spark"
    for module, package in needed.items():
        try:
            found = importlib.util.find_spec(module)
        except ModuleNotFoundError:
            found = None
        if found is None:
            return package
    return None


@cache
def spark_session(chosen: ChosenEngine) -> "SparkSession":
    """The session of this process on a Spark Connect server.

    Args:
        chosen: Which server.

    Raises:
        EngineUnavailableError: A package isn't installed, or the server can't be reached.
    """
    if package := missing_package():
        raise EngineUnavailableError(
            f"{WAREHOUSE} names a Spark server, and the package {package} isn't installed: "
            f"`pip install '{_EXTRA}'`"
        )
    _refuse_unreachable(chosen)
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    assert chosen.url
    try:
        # It warns of pandas 3; rows travel as Arrow, and pandas isn't asked.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            session = SparkSession.builder.remote(chosen.url).create()
        for name, setting in _SETTINGS.items():
            session.conf.set(name, setting)
    except PySparkException as error:
        raise EngineUnavailableError(
            f"{chosen.address} answers, and takes no session ({_said(error)}): check that a Spark "
            f"Connect server of version 4 listens there, and the token in {WAREHOUSE}"
        ) from error
    return session


def _refuse_unreachable(chosen: ChosenEngine) -> None:
    """Finds out in seconds: the client of Spark would try for minutes."""
    parts = urlsplit(chosen.address.replace("sc://", "http://", 1))
    try:
        socket.create_connection((parts.hostname or "", parts.port or _PORT), _SECONDS).close()
    except OSError as error:
        raise EngineUnavailableError(
            f"{chosen.address} can't be reached ({error}): start its Spark Connect server, or "
            f"correct {WAREHOUSE}"
        ) from error


def _said(error: Exception) -> str:
    """The first line of an error of Spark's, whose others are of its insides."""
    return str(error).strip().split("\n")[0]


class SparkEngine:
    """The engine whose tables are in the lake; see `base.Engine`.

    `identity` is resolved in the workshop, and given to Spark as a table of files that are written
    under a new name each time. `master` and the lookups are Spark's own tables.
    """

    name: EngineName = "spark"

    def __init__(self, session: Callable[[], "SparkSession"], chosen: ChosenEngine) -> None:
        """Opens nothing yet.

        Args:
            session: Gives the session.
            chosen: The server and the lake.
        """
        assert chosen.lake
        self._session = session
        self._chosen = chosen
        self.lake = Lake(chosen.lake)

    def run(self, statement: str) -> list[tuple[object, ...]]:
        """Runs one statement on Spark.

        Args:
            statement: The statement.
        """
        return [tuple(row) for row in self._session().sql(statement).collect()]

    def has(self, table: str) -> bool:
        """Whether Spark has a table of this name."""
        return bool(self._session().catalog.tableExists(table))

    def check(self) -> None:
        """Has server and platform write into the lake, and read what the other has written.

        Then the schemas are there, and the functions that models call.
        """
        folder = self.lake.folder
        if not folder.is_dir():
            raise EngineUnavailableError(
                f"the lake {folder} isn't there: make the folder, on a file system that "
                f"{self._chosen.address} sees under the same path, or correct {LAKE}"
            )
        session = self._session()
        probe = folder / f".probe-{uuid.uuid4().hex}"
        check_lake(session, self._chosen, probe)
        check_schemas(session, self._chosen, SCHEMAS)
        create_spark_functions(session)

    def declared_columns(self, table: str) -> str:
        """A table next to the view of the lake, without rows."""
        return f"{_DECLARED}.{table.split('.')[1]}"

    def make_days(self, connection: "DuckDBPyConnection", table: str) -> None:
        """Makes the table in Spark, partitioned by day, or adds columns to it."""
        kinds = self._kinds(connection, table)
        types = {name: spark_type(table, name, kind) for name, kind in kinds.items()}
        if not self.has(table):
            self.run(
                f"create table if not exists {table} ({_columns(types)}) using parquet "
                f"partitioned by ({_name(DAY)})"
            )
        there = {each.name.lower() for each in self._session().table(table).schema.fields}
        if added := {name: kind for name, kind in types.items() if name.lower() not in there}:
            self.run(f"alter table {table} add columns ({_columns(added)})")
        self._show_days(connection, table)

    def _kinds(self, connection: "DuckDBPyConnection", table: str) -> dict[str, str]:
        return column_types(connection, *self.declared_columns(table).split("."))

    def _show_days(self, connection: "DuckDBPyConnection", table: str) -> None:
        columns = [
            LakeColumn(name, kind, name == DAY)
            for name, kind in self._kinds(connection, table).items()
        ]
        self.lake.show(connection, table, columns)

    def replace_days(
        self,
        connection: "DuckDBPyConnection",
        table: str,
        days: Sequence[str],
        insert: Callable[[str], None],
    ) -> None:
        """Writes a file per day, puts it in the place of the last one, and names it to Spark."""
        if not days:
            return
        kinds = self._kinds(connection, table)
        # Not as an empty query: DuckDB 2.0.0 finds none of 122,880 rows or more in a table that was
        # made so in the same transaction.
        columns = ", ".join(f"{identifier(name)} {kind}" for name, kind in kinds.items())
        connection.execute(f"create or replace temp table {_KEPT} ({columns})")
        insert(_KEPT)
        values = ", ".join(written(table, name, kind) for name, kind in kinds.items())
        rows = f"(select {values} from {_KEPT} order by _source_file, _row_number)"
        filled = self.lake.write_days(connection, table, rows, days)
        connection.execute(f"drop table {_KEPT}")
        self._show_days(connection, table)
        if filled:
            self.run(f"alter table {table} add if not exists {_partitions(filled)}")
        if empty := sorted(set(days) - set(filled)):
            self.run(f"alter table {table} drop if exists {_partitions(empty, ', ')}")
        self.run(f"refresh table {table}")

    def share(self, connection: "DuckDBPyConnection", tables: Sequence[str]) -> None:
        """Writes each table anew beside its last files, and has Spark read the new ones."""
        for table in tables:
            kinds = column_types(connection, *table.split("."))
            values = ", ".join(written(table, name, kind) for name, kind in kinds.items())
            types = {name: spark_type(table, name, kind) for name, kind in kinds.items()}
            version = self.lake.write_version(connection, table, f"(select {values} from {table})")
            self.read_from(table, types, version)
            self.lake.remove_versions(table, version)

    def read_from(self, table: str, types: Mapping[str, str], folder: Path) -> None:
        """Has Spark read a table from the files of a folder.

        Args:
            table: The table; it is made where it isn't there, or has other columns.
            types: Its columns, with their types in Spark.
            folder: The folder.
        """
        at = literal(str(folder))
        if self.has(table) and self._types(table) == dict(types):
            self.run(f"alter table {table} set location {at}")
        else:
            self.run(f"drop table if exists {table}")
            self.run(f"create table {table} ({_columns(types)}) using parquet location {at}")
        self.run(f"refresh table {table}")

    def _types(self, table: str) -> dict[str, str]:
        fields = self._session().table(table).schema.fields
        return {each.name: each.dataType.simpleString() for each in fields}

    def show(
        self, connection: "DuckDBPyConnection", tables: Sequence[str], views: Mapping[str, str]
    ) -> None:
        """Makes views of the lake's files, and the views of dbt over them."""
        create_functions(connection)
        for table in (*tables, _PENDING):
            self._show(connection, table)
        for view, query in views.items():
            schema, name = view.split(".")
            connection.execute(f"create schema if not exists {identifier(schema)}")
            connection.execute(
                f"create or replace view {identifier(schema)}.{identifier(name)} as {query}"
            )

    def _show(self, connection: "DuckDBPyConnection", table: str) -> None:
        # dbt has written it in a session of its own; this one may know the files of before.
        self.run(f"refresh table {table}")
        partitions = {
            each.name for each in self._session().catalog.listColumns(table) if each.isPartition
        }
        columns = [
            LakeColumn(each.name, duckdb_type(each.dataType), each.name in partitions)
            for each in self._session().table(table).schema.fields
        ]
        self.lake.show(connection, table, columns)

    def read_frame(
        self, connection: "DuckDBPyConnection", query: str, limit: int
    ) -> "pd.DataFrame":
        """The first rows of a query, which Spark runs."""
        rows = self._session().sql(f"select * from ({query}) limit {limit}").toArrow()
        connection.register("rows_of_spark", rows)
        try:
            return read_frame(connection, "from rows_of_spark")
        finally:
            connection.unregister("rows_of_spark")

    def forget_pending(self, connection: "DuckDBPyConnection", kinds: Sequence[str]) -> None:
        """Drops the partitions of these kinds."""
        partitions = ", ".join(f"partition (kind = {literal(kind)})" for kind in kinds)
        self.run(f"alter table {_PENDING} drop if exists {partitions}")
        self._show(connection, _PENDING)


def _name(column: str) -> str:
    return "`" + column.replace("`", "``") + "`"


def _columns(types: Mapping[str, str]) -> str:
    return ", ".join(f"{_name(name)} {kind}" for name, kind in types.items())


def _partitions(days: Sequence[str], between: str = " ") -> str:
    return between.join(f"partition ({_name(DAY)} = date {literal(day)})" for day in days)
