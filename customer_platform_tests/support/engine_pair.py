"""A company on DuckDB whose tables Spark builds again, to compare the two row for row."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from customer_platform.project import DBT_PROJECT
from customer_platform.warehouse.functions.spark import create_functions
from customer_platform.warehouse.local_spark import SparkServer

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SCHEMAS = ("raw", "staging", "identity", "master")
# The name of a run of dbt, and the hash that an engine has of its own.
_OF_THE_RUN = {"run_id", "record_hash"}
# By which an engine works, and which it settles in its own way.
_OF_THE_ENGINE = {"master.pending_changes", "master.built_choices"}
_NO_TYPE_OF_SPARK = {"UBIGINT": "decimal(20, 0)", "UINTEGER": "bigint", "JSON": "varchar"}


class SparkTwin:
    """dbt's models on Spark, next to a warehouse on DuckDB whose raw tables and maps it takes."""

    def __init__(
        self,
        server: SparkServer,
        session: "SparkSession",
        warehouse: Path,
        variables: Mapping[str, str],
    ) -> None:
        """Makes schemas and functions.

        Args:
            server: The server, whose catalogue has no other company.
            session: A session on it.
            warehouse: The file of DuckDB.
            variables: Environment variables of dbt: business model and declarations.
        """
        self._server, self._session = server, session
        self._warehouse, self._variables = warehouse, variables
        for schema in SCHEMAS:
            place = server.lake / schema
            session.sql(f"create schema if not exists {schema} location '{place}'")
        create_functions(session)

    def take_tables(self, built: Sequence[str]) -> None:
        """Gives Spark what Python writes: the raw tables, and those of identities.

        Args:
            built: The relations that dbt builds, which it doesn't get.
        """
        with self._reading() as connection:
            for relation in self.relations("raw", "identity"):
                if relation not in built:
                    self._take(connection, *relation.split("."))

    def _take(self, connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> None:
        columns = connection.sql(f'describe {schema}."{table}"').fetchall()
        values = ", ".join(
            f'cast("{name}" as {_NO_TYPE_OF_SPARK[kind]}) as "{name}"'
            if kind in _NO_TYPE_OF_SPARK
            else f'"{name}"'
            for name, kind, *_ in columns
        )
        file = self._server.lake / "taken" / schema / table / "rows.parquet"
        file.parent.mkdir(parents=True, exist_ok=True)
        connection.sql(f'select {values} from {schema}."{table}"').write_parquet(str(file))
        name = f"{schema}.`{table}`"
        self._session.sql(f"drop table if exists {name}")
        self._session.sql(f"create table {name} using parquet location '{file.parent}'")

    def dbt(self, *arguments: str, variables: Mapping[str, object] | None = None) -> None:
        """Runs a command of dbt.

        Args:
            arguments: What follows `dbt`.
            variables: dbt's own variables.

        Raises:
            RuntimeError: It fails; the message is what dbt said.
        """
        folder = self._server.lake.parent / "dbt"
        ended = subprocess.run(
            [
                str(Path(sys.executable).with_name("dbt")),
                "--no-use-colors",
                *arguments,
                f"--vars={json.dumps(variables or {})}",
            ],
            cwd=DBT_PROJECT,
            env={
                **os.environ,
                **self._variables,
                **self._server.variables,
                "DBT_TARGET_PATH": str(folder / "target"),
                "DBT_LOG_PATH": str(folder / "logs"),
                "DBT_PROFILES_DIR": str(DBT_PROJECT),
                "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
                "PYTHONWARNINGS": "ignore",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise RuntimeError(ended.stdout[-6000:] + ended.stderr[-500:])

    def differences(self, relations: Sequence[str]) -> Mapping[str, str]:
        """By relation that isn't the same on both, what differs; moments of a run aside."""
        # A session keeps the list of a table's files, which dbt's has replaced meanwhile.
        with self._reading() as connection, self._server.session() as session:
            return {
                relation: found
                for relation in relations
                if relation not in _OF_THE_ENGINE
                and (found := self._differs(connection, session, relation))
            }

    def _differs(
        self, connection: duckdb.DuckDBPyConnection, session: "SparkSession", relation: str
    ) -> str | None:
        there: pa.Table = session.table(relation).toArrow()
        connection.register("there", there)
        columns = [name for name, *_ in connection.sql(f"describe {relation}").fetchall()]
        if set(columns) != set(there.column_names):
            return f"columns {sorted(set(columns) ^ set(there.column_names))}"
        compared = ", ".join(f'"{each}"' for each in columns if each not in _OF_THE_RUN)
        here_only, there_only = (
            connection.sql(
                f"select {compared} from {one} except all select {compared} from {other}"
            ).fetchall()
            for one, other in ((relation, "there"), ("there", relation))
        )
        if not here_only and not there_only:
            return None
        return (
            f"{len(here_only)} rows on DuckDB alone, {len(there_only)} on Spark alone, "
            f"such as {here_only[:1]} and {there_only[:1]}"
        )

    def relations(self, *schemas: str) -> list[str]:
        """The tables and views that DuckDB has in some schemas."""
        with self._reading() as connection:
            return [
                f"{schema}.{name}"
                for schema, name in connection.sql(
                    "select table_schema, table_name from information_schema.tables "
                    f"where table_catalog = current_database() and table_schema in {schemas}"
                ).fetchall()
            ]

    @contextmanager
    def _reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self._warehouse)) as connection:
            connection.execute("set timezone = 'UTC'")
            yield connection
