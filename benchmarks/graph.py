"""The graph's side of the benchmark: a deployment in a temporary home, run in its own process."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from measure import Measured, measure

from customer_platform.environment import Environment, load_environment
from customer_platform.project import REPOSITORY

SOURCES, LOOKUP, ID_MAP, MASTERS, START_UP = LAYERS = (
    "sources",
    "staging and lookup",
    "customer ID map",
    "masters",
    "start-up",
)

_LAYER_OF_STEP = {
    "staging_and_source_lookup": LOOKUP,
    "identity__customer_id_map": ID_MAP,
    "masters": MASTERS,
}


@dataclass(frozen=True)
class Deployment:
    """A deployment for the benchmark.

    Attributes:
        home: Its CUSTOMER_PLATFORM_HOME.
        first: Its first partition.
    """

    home: Path
    first: date

    @property
    def variables(self) -> dict[str, str]:
        """Its settings as environment variables."""
        return self._environment.process_variables

    @property
    def landing(self) -> Path:
        """Its landing zone."""
        return self._environment.landing

    @property
    def warehouse(self) -> Path:
        """Its DuckDB file."""
        return self._environment.warehouse

    @property
    def _environment(self) -> Environment:
        return load_environment(
            {
                "CUSTOMER_PLATFORM_HOME": str(self.home),
                "CUSTOMER_PLATFORM_START_DATE": self.first.isoformat(),
            }
        )

    def prepare(self) -> float:
        """Parses the dbt project; returns the seconds it took."""
        program = Path(sys.executable).with_name("customer-platform")
        return measure([program, "prepare"], REPOSITORY, self.variables).seconds

    def empty(self) -> None:
        """Removes the data and the runs; what depends on the dbt project alone stays."""
        for folder in ("landing", "dagster"):
            shutil.rmtree(self.home / folder, ignore_errors=True)
        for file in self.home.glob("warehouse.duckdb*"):
            file.unlink()

    def run(self) -> Measured:
        """Runs the main job over everything that has landed."""
        return measure([sys.executable, __file__], REPOSITORY, self.variables)

    def layer_seconds(self, total: float) -> dict[str, float]:
        """The seconds of each layer in the newest run, from its event log.

        Args:
            total: Wall time of the whole process; what no step took is start-up: imports, the
                definitions, and the run's own beginning and end.
        """
        from dagster import DagsterInstance

        with DagsterInstance.from_config(str(self._environment.dagster_home)) as instance:
            newest = instance.get_run_records(limit=1)[0].dagster_run.run_id
            steps = instance.get_run_step_stats(newest)
        return sum_layers(
            {s.step_key: s.end_time - s.start_time for s in steps if s.start_time and s.end_time},
            total,
        )


def sum_layers(step_seconds: Mapping[str, float], total: float) -> dict[str, float]:
    """Adds up steps by layer; what is left of the total is start-up."""
    seconds = dict.fromkeys(LAYERS, 0.0)
    for step, took in step_seconds.items():
        seconds[_LAYER_OF_STEP.get(step, SOURCES)] += took
    seconds[START_UP] = total - sum(seconds.values())
    return seconds


def main() -> None:
    """Runs the main job of the deployment that the environment variables describe."""
    from customer_platform import deployment

    environment = load_environment()
    deployment.prepare(environment)
    first, last = deployment.days_of_sources(environment)
    deployment.run_main_job(environment, first, last)


if __name__ == "__main__":
    main()
