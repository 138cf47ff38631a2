"""A warehouse with a few raw rows, and dbt runs on it in this process."""

import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from customer_platform.declarations import VARIABLE, Declarations, for_dbt, read_declarations
from customer_platform.ingestion.tables import create_tables
from customer_platform.project import DBT_PROJECT
from customer_platform.warehouse.functions import create_functions
from customer_platform_tests.support.projects import checkout

_PARSE = ("parse",)
_INLINE = "sql_operation.customer_platform.inline_query"
RAW_TABLES = Path(__file__).with_name("raw_tables.sql")


class DbtError(Exception):
    """Something could not be built; the message holds every error."""


class Project:
    """The dbt project on a warehouse file of its own, in which phone numbers stay as they are.

    Attributes:
        declared: What is declared, as dbt gets it.
    """

    def __init__(self, folder: Path, business_model: str = "retail") -> None:
        declared = read_declarations(checkout(), business_model)
        self.declared: dict[str, Any] = json.loads(for_dbt(declared))
        self.warehouse = folder / "warehouse.duckdb"
        self._business_model = business_model
        self._target = folder / "target"
        self._logs = folder / "logs"
        with duckdb.connect(str(self.warehouse)) as connection:
            if business_model == "retail":
                connection.execute(RAW_TABLES.read_text())
            else:
                _create_declared_tables(connection, declared)
            create_functions(connection)
            # DuckDB plans the real one for most of a second wherever a view that calls it is read.
            connection.execute("create or replace macro normalise_phone(x, country) as x")

    def execute(self, statements: str) -> None:
        """Runs SQL statements; the connection is closed before dbt opens the file."""
        with duckdb.connect(str(self.warehouse)) as connection:
            connection.execute(statements)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with duckdb.connect(str(self.warehouse)) as connection:
            return connection.execute(query).fetchall()

    def insert(self, table: str, *rows: dict[str, object]) -> None:
        """Adds rows to a table; columns that a row doesn't name are null."""
        with duckdb.connect(str(self.warehouse)) as connection:
            for row in rows:
                columns = ", ".join(f'"{column}"' for column in row)
                places = ", ".join("?" * len(row))
                connection.execute(
                    f"insert into {table} ({columns}) values ({places})", list(row.values())
                )

    def dbt(self, *arguments: str, variables: Mapping[str, object] | None = None) -> str:
        """Runs a dbt command.

        Returns:
            The messages of the data tests that failed, empty when none did.

        Raises:
            DbtError: Something could not be built.
        """
        return _failures(self._invoke(arguments, variables or {}))

    def run(self, variables: Mapping[str, object], *arguments: str) -> None:
        """Builds all models without their tests.

        Raises:
            DbtError: Something could not be built.
        """
        assert self.dbt("run", *arguments, variables=variables) == ""

    def test(self, *names: str, variables: Mapping[str, object] | None = None) -> str:
        """Runs data tests by name.

        Returns:
            The messages of those that failed, empty when none did.

        Raises:
            DbtError: One of them could not be run.
        """
        result = self._invoke(("test", "--select", *names), variables or {})
        tests = {n.node.name for n in _nodes(result) if n.node.resource_type == "test"}
        assert tests == set(names)
        return _failures(result)

    def query(self, model: str) -> list[tuple[Any, ...]]:
        """All rows of a query that is written as in a model, with macros and references.

        Raises:
            DbtError: It can't be compiled or run.
        """
        try:
            result = self._invoke(("show", "--inline", model, "--limit", "-1"), {})
        finally:
            # dbt leaves a query that can't be compiled there, and refuses the next one.
            parsed(self._business_model).nodes.pop(_INLINE, None)
        _failures(result)
        return [tuple(row) for node in _nodes(result) for row in node.agate_table.rows]

    def warnings(self, *arguments: str) -> list[str]:
        """Runs a dbt command, and returns the names of the data tests that warned."""
        result = self._invoke(arguments, {})
        assert _failures(result) == ""
        return [node.node.name for node in _nodes(result) if node.status == "warn"]

    def _invoke(
        self, arguments: tuple[str, ...], variables: Mapping[str, object]
    ) -> dbtRunnerResult:
        # For other variables than the last time's, dbt would parse the whole project anew.
        manifest = None if arguments == _PARSE else parsed(self._business_model)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CUSTOMER_PLATFORM_BUSINESS_MODEL", self._business_model)
            patch.setenv("CUSTOMER_PLATFORM_DUCKDB", str(self.warehouse))
            patch.setenv(VARIABLE, json.dumps(self.declared) if self.declared else "")
            patch.setenv("DBT_TARGET_PATH", str(self._target))
            patch.setenv("DBT_LOG_PATH", str(self._logs))
            patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
            return dbtRunner(manifest).invoke(
                [
                    *arguments,
                    f"--project-dir={DBT_PROJECT}",
                    f"--profiles-dir={DBT_PROJECT}",
                    f"--vars={json.dumps(variables)}",
                    "--quiet",
                    # Nobody reads the manifest, which dbt would write at every start.
                    "--no-write-json",
                ]
            )


def _create_declared_tables(
    connection: duckdb.DuckDBPyConnection, declarations: Declarations
) -> None:
    """Makes the raw tables that the sources declare, and an empty ID map of every entity."""
    for name, source in declarations.sources.items():
        for table in source.tables:
            create_tables(connection, name, table)
    connection.execute("create schema identity")
    for entity in declarations.entities:
        connection.execute(
            f"create table identity.{entity}_id_map (source varchar, source_record_id varchar, "
            f"{entity}_id varchar, linked_by_rule varchar)"
        )


@cache
def parsed(business_model: str) -> Manifest:
    """The project's manifest."""
    with tempfile.TemporaryDirectory() as folder:
        result = Project(Path(folder), business_model)._invoke(_PARSE, {})
    assert isinstance(result.result, Manifest), result.exception
    return result.result


def _failures(result: dbtRunnerResult) -> str:
    if result.exception is not None:
        raise DbtError(str(result.exception))
    nodes = _nodes(result)
    failed = "\n".join(
        f"{node.node.name}: {node.message}" for node in nodes if node.status in ("error", "fail")
    )
    if any(node.status in ("error", "skipped") for node in nodes):
        raise DbtError(failed)
    return failed


def _nodes(result: dbtRunnerResult) -> list[Any]:
    return list(getattr(result.result, "results", []))
