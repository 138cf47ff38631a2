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

from customer_platform.deployment import prepare
from customer_platform.environment import REPOSITORY, Environment, load_environment
from customer_platform.partitions import range_tags


@contextmanager
def separate_home(
    folder: Path, prepared: Environment, *, runs_dbt: bool = False
) -> Iterator[Environment]:
    """Points this process at an empty home for as long as the context is open.

    Args:
        folder: The home.
        prepared: The session's deployment, whose manifest definitions are loaded from.
        runs_dbt: Parse the dbt project for this home. Left out, dbt would do so at its every
            start, as the warehouse is another.
    """
    # Definitions find the manifest when they are imported: in the session's home, not in this one.
    importlib.import_module("customer_platform.definitions")
    environment = load_environment(
        {**prepared.process_variables, "CUSTOMER_PLATFORM_HOME": str(folder)}
    )
    with pytest.MonkeyPatch.context() as patch:
        for variable, setting in environment.process_variables.items():
            patch.setenv(variable, setting)
        if runs_dbt:
            prepare(environment)
        else:
            for made in (environment.landing, environment.dagster_home, environment.home / "dbt"):
                made.mkdir(parents=True)
            shutil.copyfile(REPOSITORY / "dagster.yaml", environment.dagster_home / "dagster.yaml")
            environment.dbt_target.symlink_to(prepared.dbt_target)
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
