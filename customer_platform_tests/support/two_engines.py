"""Two homes of one company: on DuckDB, and on a Spark of this machine. What one gets, both do."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from customer_platform.demo import generator
from customer_platform.environment import Environment, load_environment
from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform.stewardship.decisions_store import open_decisions
from customer_platform.stewardship.decisions_store.store import NewDecision
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.support.spark_server import SparkServer

# Moments of a run, and what follows from them: every run has others.
MOMENTS = {"valid_from", "valid_to", "restated_at", "run_id", "changed_at"}
# Made of DuckDB's hash there, and of MD5 on Spark.
HASHES = {"record_hash"}

# What an engine's models keep for themselves.
OWN = {"master.built_choices"}


class TwoEngines:
    """A company on both engines."""

    def __init__(self, folder: Path, server: SparkServer, model: str) -> None:
        """Generates the company; nothing of it has landed yet.

        Args:
            folder: Of both homes.
            server: The server.
            model: The business model.
        """
        self.delivered = folder / "delivered"
        generator(model)(self.delivered, customers=40, days=3, seed=7, end=date(2026, 11, 30))
        common = {"CUSTOMER_PLATFORM_BUSINESS_MODEL": model}
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CUSTOMER_PLATFORM", "DBT_", "DAGSTER"))
        }
        self.variables: dict[str, Mapping[str, str]] = {
            "duckdb": kept | common | {"CUSTOMER_PLATFORM_HOME": str(folder / "on_duckdb")},
            "spark": kept
            | common
            | {"CUSTOMER_PLATFORM_HOME": str(folder / "on_spark")}
            | server.variables,
        }

    def environment(self, engine: str) -> Environment:
        """The deployment on an engine."""
        return load_environment(self.variables[engine])

    def deliver(self, *days: str, but: str | None = None) -> None:
        """Puts the files of days into both landing zones.

        Args:
            days: The days, ISO.
            but: A file whose path has this in it is late.
        """
        for engine in self.variables:
            landing = self.environment(engine).landing
            for path in sorted((self.delivered / "landing").rglob("*")):
                name = str(path.relative_to(self.delivered / "landing"))
                if path.is_file() and any(day in name for day in days):
                    if but is not None and but in name:
                        continue
                    (landing / name).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, landing / name)

    def decide(self, kind: str, one: tuple[str, str], other: tuple[str, str], entity: str) -> None:
        """Has a steward decide in both."""
        for engine in self.variables:
            open_decisions(self.environment(engine), entity).decide(
                [NewDecision(kind, RecordName(*one), RecordName(*other), "a test")], "eva"
            )

    def run(self, *arguments: str, engines: Sequence[str] = ("duckdb", "spark")) -> None:
        """Runs both; a test fails with what a run says."""
        for engine in engines:
            ended = self.command(engine, "run", *arguments)
            assert ended.returncode == 0, f"{engine}: {ended.stdout}{ended.stderr}"

    def command(self, engine: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs a command of the platform."""
        program = str(Path(sys.executable).with_name("customer-platform"))
        return subprocess.run(
            [program, *arguments],
            env=dict(self.variables[engine]),
            capture_output=True,
            text=True,
            check=False,
        )

    def killed_before_publishing(self, *arguments: str) -> int:
        """Runs on Spark in a process that is killed where it would publish; its exit code."""
        code = (
            "import os, signal, sys\n"
            "from customer_platform.components import publication\n"
            "publication.publish_masters = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
            "from customer_platform.cli import main\n"
            f"main(['run', *{list(arguments)!r}])\n"
        )
        variables = dict(self.variables["spark"])
        return subprocess.run([sys.executable, "-c", code], env=variables, check=False).returncode

    def published(self, engine: str) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of every published relation."""
        catalogue = self.environment(engine).published / FILE_NAME
        with closing(duckdb.connect(str(catalogue), read_only=True)) as connection:
            return _relations(connection, "master")

    def kept(self, engine: str) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of the ID maps, their history and changes, and of the masters."""
        warehouse = self.environment(engine).warehouse
        with closing(duckdb.connect(str(warehouse), read_only=True)) as connection:
            found = _relations(connection, "identity") | _relations(connection, "master")
        return {
            name: rows
            for name, rows in found.items()
            if name.endswith(("_id_map", "_id_history", "_id_changes", "source_lookup"))
            or (name.startswith("master.") and name not in OWN)
        }


def _relations(
    connection: duckdb.DuckDBPyConnection, schema: str
) -> dict[str, list[tuple[Any, ...]]]:
    tables = connection.execute(
        "select table_name from information_schema.tables where table_schema = ? "
        "and table_catalog = current_database() order by all",
        [schema],
    ).fetchall()
    return {f"{schema}.{name}": _rows(connection, f"{schema}.{name}") for (name,) in tables}


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[Any, ...]]:
    names = [name for name, *_ in connection.execute(f"describe {table}").fetchall()]
    compared = [f'"{name}"::varchar' for name in names if name not in MOMENTS | HASHES]
    return connection.execute(f"select {', '.join(compared)} from {table} order by all").fetchall()
