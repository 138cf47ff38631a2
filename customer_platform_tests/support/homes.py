"""A home of its own for a test: landing zone, warehouse and event log, nothing shared but dbt."""

import importlib
import os
import shutil
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pprint import pformat
from typing import Any

import dagster as dg
import duckdb
import pytest
from dbt.artifacts.resources import FileHash
from dbt.config.runtime import load_profile
from dbt.constants import PARTIAL_PARSE_FILE_NAME
from dbt.contracts.graph.manifest import Manifest
from dbt.flags import set_from_args
from dbt_common.context import set_invocation_context

from customer_platform.environment import Environment, load_environment
from customer_platform.partitions import range_tags
from customer_platform.project import DBT_PROJECT, PACKAGE
from customer_platform.publishing.catalogue import relocate


@contextmanager
def separate_home(
    folder: Path, prepared: Environment, *, runs_dbt: bool = False
) -> Iterator[Environment]:
    """Points this process at an empty home for as long as the context is open.

    Args:
        folder: The home.
        prepared: The session's deployment, whose manifest definitions are loaded from.
        runs_dbt: Let dbt have a target folder of its own there.
    """
    with _pointed_at(folder, prepared) as environment:
        for made in (environment.landing, environment.dagster_home, environment.home / "dbt"):
            made.mkdir(parents=True)
        shutil.copyfile(PACKAGE / "dagster.yaml", environment.dagster_home / "dagster.yaml")
        if runs_dbt:
            shutil.copytree(prepared.dbt_target, environment.dbt_target)
            take_over_parse(environment)
        else:
            environment.dbt_target.symlink_to(prepared.dbt_target)
        yield environment


def copy_home(home: Path, environment: Environment) -> None:
    """Copies a home, what dbt has parsed included, to where another deployment has its own.

    Args:
        home: The home.
        environment: The other deployment, which need not be active in this process.
    """
    shutil.copytree(home, environment.home, dirs_exist_ok=True)
    for folder in (environment.published, environment.published_masked):
        relocate(home / folder.relative_to(environment.home), folder)
    take_over_parse(environment)


@contextmanager
def copied_home(home: Path, folder: Path, prepared: Environment) -> Iterator[Environment]:
    """Points this process at a copy of a home for as long as the context is open.

    Args:
        home: The home, of the session's business model.
        folder: Where its copy is put.
        prepared: The session's deployment, whose manifest definitions are loaded from.
    """
    with _pointed_at(folder, prepared) as environment:
        copy_home(home, environment)
        yield environment


@contextmanager
def _pointed_at(folder: Path, prepared: Environment) -> Iterator[Environment]:
    # Definitions find the manifest when they are imported: in the session's home, not in this one.
    importlib.import_module("customer_platform.definitions")
    environment = load_environment(
        {**prepared.process_variables, "CUSTOMER_PLATFORM_HOME": str(folder)}
    )
    with pytest.MonkeyPatch.context() as patch:
        for variable, setting in environment.process_variables.items():
            patch.setenv(variable, setting)
        yield environment


def take_over_parse(environment: Environment) -> None:
    """Lets dbt use what it has parsed for the home that this one's target folder is copied from.

    Otherwise dbt would parse the project anew at its every start, as the warehouse is another.

    Args:
        environment: The deployment, which need not be active in this process.
    """
    parsed = environment.dbt_target / PARTIAL_PARSE_FILE_NAME
    manifest = Manifest.from_msgpack(parsed.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        for variable, setting in environment.process_variables.items():
            patch.setenv(variable, setting)
        set_invocation_context(os.environ.copy())
        set_from_args(Namespace(profiles_dir=str(DBT_PROJECT)), None)
        profile = load_profile(str(DBT_PROJECT), {}, None, environment.name)
    # As dbt's ManifestLoader does it: no variables and no profile on the command line.
    said = "\0".join([pformat({}), "", environment.name, manifest.metadata.dbt_version])
    connection = pformat(sorted(profile.credentials.connection_info()))
    manifest.state_check.vars_hash = FileHash.from_contents(said)
    manifest.state_check.profile_hash = FileHash.from_contents(connection)
    parsed.write_bytes(manifest.to_msgpack())


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


def execute(environment: Environment, statements: str) -> None:
    """Runs SQL statements on the warehouse; the connection is closed before others open it."""
    with duckdb.connect(str(environment.warehouse)) as connection:
        connection.execute(statements)


def value(environment: Environment, query: str) -> Any:
    """The single value that a query on the warehouse returns."""
    return rows(environment, query)[0][0]
