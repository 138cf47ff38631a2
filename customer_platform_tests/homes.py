"""A home of its own for a test: landing zone, warehouse and event log, nothing shared but dbt."""

import importlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from customer_platform.environment import REPOSITORY, Environment, load_environment
from customer_platform.partitions import range_tags


@contextmanager
def separate_home(folder: Path, prepared: Environment) -> Iterator[Environment]:
    """Points this process at an empty home for as long as the context is open.

    The manifest is the session's.

    Args:
        folder: The home.
        prepared: The session's deployment.
    """
    # Definitions find the manifest when they are imported: in the session's home, not in this one.
    importlib.import_module("customer_platform.definitions")
    with pytest.MonkeyPatch.context() as patch:
        # What a test activates is undone with the rest.
        for variable, setting in prepared.process_variables.items():
            patch.setenv(variable, setting)
        patch.setenv("CUSTOMER_PLATFORM_HOME", str(folder))
        patch.setenv("CUSTOMER_PLATFORM_WAREHOUSE", str(folder / "warehouse.duckdb"))
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        environment = load_environment()
        for made in (environment.landing, environment.dagster_home, environment.home / "dbt"):
            made.mkdir(parents=True)
        shutil.copyfile(REPOSITORY / "dagster.yaml", environment.dagster_home / "dagster.yaml")
        (environment.home / "dbt" / "target").symlink_to(prepared.home / "dbt" / "target")
        yield environment


def run_job(
    instance: dg.DagsterInstance,
    job: str | None,
    first: str,
    last: str,
    assets: list[dg.AssetKey] | None = None,
) -> dg.ExecuteInProcessResult:
    """Runs a job of the platform in this process, on the home that is separate now.

    Args:
        instance: Where its events go.
        job: Name of the job; None for the job of a run request that names assets alone.
        first: First day.
        last: Last day, included.
        assets: Only these assets of the job.
    """
    from customer_platform.definitions import defs

    definition = defs.resolve_job_def(job) if job else defs.resolve_implicit_global_asset_job_def()
    return definition.execute_in_process(
        instance=instance,
        tags=range_tags(first, last),
        asset_selection=assets,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )


def rows(environment: Environment, query: str) -> list[tuple[Any, ...]]:
    """All rows of a query on the warehouse."""
    with duckdb.connect(str(environment.warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


def value(environment: Environment, query: str) -> Any:
    """The single value that a query on the warehouse returns."""
    return rows(environment, query)[0][0]
