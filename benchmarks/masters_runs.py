"""One side of the benchmark of the masters each: dbt as the platform runs it, and SQL by hand."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from masters_data import Scale, create_raw_tables, day, insert_days, resolve
from measure import Measured, measure

from customer_platform.declarations import VARIABLE, for_dbt, read_declarations
from customer_platform.orchestration.dbt_build import build_arguments, partition_variables
from customer_platform.project import DBT_PROJECT, REPOSITORY, find_project

_FLOOR = """
import sys
from pathlib import Path

import duckdb

sys.path.insert(0, sys.argv[2])
import floor

with duckdb.connect(sys.argv[1]) as connection:
    floor.build_masters(connection)
"""

_PUBLISH = """
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from customer_platform.declarations import read_declarations
from customer_platform.project import find_project
from customer_platform.publishing import full_edition, publish

relations = read_declarations(find_project(), "retail").published
with duckdb.connect(sys.argv[1]) as connection:
    folder = Path(sys.argv[2])
    publish(connection, [full_edition(folder)], relations, datetime.now(UTC).replace(tzinfo=None))
"""


@dataclass(frozen=True)
class Build:
    """A build of the masters.

    Attributes:
        seconds: Wall time of the process.
        peak_bytes: Its peak memory.
        cpu_seconds: Its processor time.
        slowest: The slowest models and tests with their seconds.
    """

    seconds: float
    peak_bytes: int
    cpu_seconds: float
    slowest: Mapping[str, float]


@dataclass(frozen=True)
class Shop:
    """A warehouse of made-up data.

    Attributes:
        folder: Where it is.
        scale: How much there is.
    """

    folder: Path
    scale: Scale

    @property
    def warehouse(self) -> Path:
        """The DuckDB file."""
        return self.folder / "warehouse.duckdb"

    def open(self, days: int) -> None:
        """Makes the raw tables with the first days, the source lookup, and the map."""
        import duckdb

        self.folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(self.warehouse)) as connection:
            create_raw_tables(connection, self.scale)
            insert_days(connection, self.scale, 0, days - 1)
        self.refresh_identities(0, days - 1)

    def arrive(self, first: int, last: int) -> float:
        """Lets days arrive, both ends included; returns the seconds before the masters."""
        import duckdb

        with duckdb.connect(str(self.warehouse)) as connection:
            insert_days(connection, self.scale, first, last)
        return self.refresh_identities(first, last)

    def refresh_identities(self, first: int, last: int) -> float:
        """Builds and tests staging, seeds and lookup, and updates the map; returns the seconds."""
        command = [*build_arguments(), "--select", "tag:staging", "tag:identity"]
        measured = self._dbt(command, partition_variables(day(first), day(last)))
        return measured.seconds + resolve(self.warehouse)

    def build(self, first: int, last: int, *arguments: str) -> Build:
        """Builds and tests the masters for days, as the platform does."""
        variables = partition_variables(day(first), day(last))
        command = [*build_arguments(), "--select", "tag:master", *arguments]
        measured = self._dbt(command, variables)
        results = json.loads((self.folder / "target" / "run_results.json").read_text())["results"]
        slowest = sorted(results, key=lambda result: -result["execution_time"])[:6]
        return Build(
            measured.seconds,
            measured.peak_bytes,
            measured.cpu_seconds,
            {
                result["unique_id"].split(".")[2]: round(result["execution_time"], 2)
                for result in slowest
            },
        )

    def publish(self) -> float:
        """Publishes the masters; returns the seconds."""
        return measure(
            [sys.executable, "-c", _PUBLISH, self.warehouse, self.folder / "published"], REPOSITORY
        ).seconds

    def floor(self) -> Build:
        """Builds the masters by hand, from a copy of what the others start from."""
        copy = self.folder / "floor.duckdb"
        copy.unlink(missing_ok=True)
        shutil.copyfile(self.warehouse, copy)
        measured = measure([sys.executable, "-c", _FLOOR, copy, Path(__file__).parent], REPOSITORY)
        return Build(measured.seconds, measured.peak_bytes, measured.cpu_seconds, {})

    def _dbt(self, arguments: list[str], more: Mapping[str, str]) -> Measured:
        variables = {
            **more,
            "CUSTOMER_PLATFORM_ENVIRONMENT": "test",
            "CUSTOMER_PLATFORM_DUCKDB": str(self.warehouse),
            VARIABLE: for_dbt(read_declarations(find_project(), "retail")),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        program = Path(sys.executable).with_name("dbt")
        return measure(
            [
                program,
                *arguments,
                f"--project-dir={DBT_PROJECT}",
                f"--profiles-dir={DBT_PROJECT}",
                "--quiet",
            ],
            REPOSITORY,
            {**os.environ, **variables},
        )
