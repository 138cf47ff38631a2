"""Prepares a deployment's home, and runs the main job in this process."""

import re
import shutil
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from customer_platform.check_counts import CheckCounts, count_checks, describe_checks
from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import (
    BusyError,
    DaysError,
    NothingLandedError,
    OtherBusinessModelError,
    RunFailedError,
)
from customer_platform.permissions import close_folder
from customer_platform.project import PACKAGE
from customer_platform.readers import is_settled, settle
from customer_platform.versions import Versions
from customer_platform.warehouse.ready import claim_lake, ready_engine

if TYPE_CHECKING:
    import dagster as dg
    from dagster._core.execution.plan.objects import StepFailureData

    from customer_platform.ingestion import LandedFile

# The steps of an entity's ID map and of its similar pairs, which are there where a rule is similar.
_ID_MAP = re.compile(r"identity__\w+_id_map")
_SOURCE = re.compile(r"raw__")
_QUIET = {"console": {"config": {"log_level": "CRITICAL"}}}
_SIMILAR_PAIRS = re.compile(r"identity__(\w+_)?similar_pairs")

Job = Literal["main", "land", "refresh"]


@dataclass(frozen=True)
class MainRun:
    """The outcome of a run of the main job.

    Attributes:
        first: The first day that was built.
        last: The last day that was built.
        assets: How many assets were materialised.
        checks: How their checks ended.
        seconds: Wall time.
        failed: Sources that could not land, and why; everything else was built without them.
    """

    first: str
    last: str
    assets: int
    checks: CheckCounts
    seconds: float
    failed: tuple[str, ...] = ()


def begin(environment: Environment) -> Environment:
    """Prepares a deployment that is going to run; one that reads another starts as its copy.

    Args:
        environment: The deployment.

    Returns:
        The deployment as it is then.

    Raises:
        ForkedHomeError: It has data of its own, and reads another one.
        NothingLandedError: The home that it reads has built nothing yet.
        BusyError: A run is in progress there all the time, or here.
    """
    from customer_platform.ingestion.reading import start_as_copy

    environment.activate()
    ready_engine(environment)
    close_folder(environment.home, environment.umask)
    if start_as_copy(environment):
        environment = load_environment()
    prepare(environment)
    return environment


def prepare(environment: Environment) -> None:
    """Makes the deployment's folders, its Dagster configuration and its dbt manifest.

    From then on what this process and those that it starts write is kept from others.
    The manifest is made again only when a file of the dbt project is newer.

    Args:
        environment: The deployment.

    Raises:
        OtherBusinessModelError: The home is that of another business model.
        EngineUnavailableError: The engine can't be used, or its lake is another home's.
        OpenHomeError: Others may enter the home, and it belongs to somebody else.
        DeclarationError: A YAML of the business model isn't right.
        IncompleteModelError: Pieces of the business model are missing.
    """
    environment.activate()
    ready_engine(environment)
    close_folder(environment.home, environment.umask)
    _claim(environment)
    _settle(environment.home)
    for folder in (environment.landing, environment.dagster_home, environment.dbt_target):
        folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(PACKAGE / "dagster.yaml", environment.dagster_home / "dagster.yaml")

    from customer_platform.business_model import check_business_model
    from customer_platform.orchestration.dbt_project import dbt_project, is_parsed, parse

    project = dbt_project(environment)
    if not is_parsed(project):
        check_business_model(environment)
        parse(project)


def _settle(home: Path) -> None:
    if is_settled(home):
        return
    # Whoever is making the first version settles it.
    with suppress(BusyError), Versions(home).alone("a run"):
        settle(home)


def _claim(environment: Environment) -> None:
    """Writes down whose home it is: two business models would mix in one warehouse."""
    marker = environment.home / "business_model"
    if not marker.exists():
        marker.write_text(environment.business_model + "\n")
    known = marker.read_text().strip()
    if known != environment.business_model:
        raise OtherBusinessModelError(
            f"{environment.home} holds the data of the business model {known}, and "
            f"CUSTOMER_PLATFORM_BUSINESS_MODEL is {environment.business_model}: choose another "
            "CUSTOMER_PLATFORM_HOME"
        )
    claim_lake(environment)


def days_of_sources(environment: Environment) -> tuple[str, str]:
    """The first and the last day that any declared source has: landed files, rows of databases.

    Where another environment is read, those of its raw tables.

    Days before the deployment's first one, and after today, don't count.

    Args:
        environment: The deployment.

    Raises:
        NothingLandedError: There is neither file nor row; the message names the folder.
        DatabaseError: A database can't be asked.
    """
    from customer_platform.ingestion.database import DatabaseSourceSpec
    from customer_platform.ingestion.database.connection import days_of_table

    if environment.reads is not None:
        return _days_of_other(environment)
    today = datetime.now(UTC).date()
    days = {file.partition for file in _landed_files(environment)}
    for source in declarations_of(environment).sources.values():
        if not isinstance(source, DatabaseSourceSpec):
            continue
        for table in source.tables:
            days |= days_of_table(source.connection, table, environment.start_date, today)
    days = {day for day in days if environment.start_date.isoformat() <= day <= today.isoformat()}
    if not days:
        raise NothingLandedError(
            f"No file of a declared source lies in {environment.landing}, and no declared database "
            f"has rows, from {environment.start_date} (CUSTOMER_PLATFORM_START_DATE) on. "
            "`customer-platform add-source` brings yours in; `customer-platform demo` generates "
            "some."
        )
    return min(days), max(days)


def _days_of_other(environment: Environment) -> tuple[str, str]:
    from customer_platform.ingestion.reading import days_of_other

    days = days_of_other(environment)
    if days is None:
        raise NothingLandedError(
            f"{environment.reads} has no raw rows, and this environment reads its raw tables: "
            "`customer-platform run` there first"
        )
    return days


def files_outside(environment: Environment) -> list[str]:
    """Messages that name the landed files whose days are no partitions.

    Args:
        environment: The deployment.
    """
    from customer_platform.partitions import files_left_out

    today = datetime.now(UTC).date()
    return files_left_out(
        _landed_files(environment), environment.start_date.isoformat(), today.isoformat()
    )


def _landed_files(environment: Environment) -> list["LandedFile"]:
    """The files of all declared sources."""
    from customer_platform.ingestion import SourceSpec, find_files

    return [
        file
        for source in declarations_of(environment).sources.values()
        if isinstance(source, SourceSpec)
        for table in source.tables
        for file in find_files(environment.landing, table).files
    ]


def check_days(first: str, last: str, start: date, today: date) -> None:
    """Checks that a range of days can be built.

    Args:
        first: The first day, ISO.
        last: The last day, ISO, included.
        start: The first day that is a partition.
        today: The last day that is one.

    Raises:
        DaysError: The range ends before it starts, or leaves the partitions.
    """
    if last < first:
        raise DaysError(f"The last day, {last}, is before the first, {first}.")
    if first < start.isoformat() or last > today.isoformat():
        raise DaysError(
            f"{first} to {last} is not within {start} to {today}: CUSTOMER_PLATFORM_START_DATE "
            "is the first day there is, and today (UTC) the last."
        )


def run_main_job(
    environment: Environment,
    first: str,
    last: str,
    *,
    accept_map: bool = False,
    retrain: bool = False,
    job: Job = "main",
) -> MainRun:
    """Materialises everything for a range of days, in this process.

    It is one run. Where sources could not land, and nothing else has failed, a second one builds
    the rest from what is there, as the sensors do. What dbt prints goes to `logs/main.log` in the
    deployment's home.

    Args:
        environment: The deployment; `prepare` must have been called.
        first: The first day, ISO.
        last: The last day, ISO, included.
        accept_map: Accept the customer ID map even if it exceeds its bounds.
        retrain: Retrain the models of similar rules.
        job: `land` runs the sources alone, `refresh` all that follows them.

    Raises:
        DaysError: The days can't be built.
        RunFailedError: A step has failed that is no source; the failed checks are in the message.
    """
    import time

    import dagster as dg

    from customer_platform.definitions import defs
    from customer_platform.partitions import range_tags

    check_days(first, last, environment.start_date, datetime.now(UTC).date())
    started = time.monotonic()
    log = environment.home / "logs" / "main.log"
    log.parent.mkdir(exist_ok=True)
    with (
        dg.DagsterInstance.get() as instance,
        log.open("w") as output,
        redirect_stdout(output),
    ):

        def execute(name: str) -> "dg.ExecuteInProcessResult":
            job = defs.resolve_job_def(name)
            ops = step_config(job.graph.node_dict, accept_map=accept_map, retrain=retrain)
            return job.execute_in_process(
                instance=instance,
                tags=range_tags(first, last),
                run_config={
                    "loggers": _QUIET,
                    "ops": ops,
                },
                raise_on_error=False,
            )

        results = [execute(job)]
        failed = _failures(results[0])
        if job == "main" and failed and all(map(_SOURCE.match, failed)):
            results.append(execute("refresh"))
    others = [reason for result in results for step, reason in _failures(result).items()
              if not _SOURCE.match(step)]  # fmt: skip
    checks = count_checks(
        (e.asset_check_key.to_user_string(), e.passed, e.severity.value, e.description)
        for result in results
        for e in result.get_asset_check_evaluations()
    )
    if others:
        raise RunFailedError("\n".join([*failed.values(), *others, *describe_checks(checks)]))
    built = [each for result in results for each in result.get_asset_materialization_events()]
    return MainRun(
        first=first,
        last=last,
        assets=len({event.asset_key for event in built}),
        checks=checks,
        seconds=time.monotonic() - started,
        failed=tuple(failed.values()),
    )


@dataclass(frozen=True)
class SelectionRun:
    """The outcome of a run of chosen assets.

    Attributes:
        failed: Why steps have failed.
        checks: Of the checks that have not passed: name, what was found, whether it is an error.
        passed: How many checks have passed.
    """

    failed: tuple[str, ...]
    checks: tuple[tuple[str, str, bool], ...]
    passed: int


def run_selection(
    environment: Environment,
    first: str,
    last: str,
    keys: "Sequence[dg.AssetKey]",
    *,
    accept_map: bool = False,
) -> SelectionRun:
    """Materialises chosen assets for a range of days, in this process.

    Args:
        environment: The deployment; `prepare` must have been called.
        first: The first day, ISO.
        last: The last day, ISO, included.
        keys: The assets.
        accept_map: Accept ID maps even if they exceed their bounds.
    """
    import dagster as dg

    from customer_platform.definitions import defs
    from customer_platform.partitions import range_tags

    job = defs.resolve_job_def("main")
    with dg.DagsterInstance.get() as instance:
        subset = job.get_subset(asset_selection=set(keys))
        ops = step_config(subset.graph.node_dict, accept_map=accept_map, retrain=False)
        result = subset.execute_in_process(
            instance=instance,
            tags=range_tags(first, last),
            run_config={"loggers": _QUIET, "ops": ops},
            raise_on_error=False,
        )
    evaluations = result.get_asset_check_evaluations()
    return SelectionRun(
        failed=tuple(_failures(result).values()),
        checks=tuple(
            sorted(
                (
                    each.asset_check_key.to_user_string(),
                    each.description or "",
                    each.severity is dg.AssetCheckSeverity.ERROR,
                )
                for each in evaluations
                if not each.passed
            )
        ),
        passed=sum(each.passed for each in evaluations),
    )


def _failures(result: "dg.ExecuteInProcessResult") -> dict[str, str]:
    """Step -> why it failed."""
    return {
        str(event.step_key): f"{event.step_key} failed: {_reason(event.step_failure_data)}"
        for event in result.get_step_failure_events()
    }


def step_config(
    steps: Iterable[str], *, accept_map: bool, retrain: bool
) -> dict[str, dict[str, dict[str, bool]]]:
    """What a run does otherwise, as Dagster's run config takes it, by step.

    Args:
        steps: The names of the job's steps.
        accept_map: Accept the ID map of every entity even if it exceeds its bounds.
        retrain: Retrain the models of the similar rules of every entity.
    """
    ops = {}
    for step in steps:
        if _ID_MAP.fullmatch(step):
            ops[step] = {"config": {"accept": accept_map}}
        elif retrain and _SIMILAR_PAIRS.fullmatch(step):
            ops[step] = {"config": {"retrain": True}}
    return ops


def _reason(failure: "StepFailureData") -> str:
    """Why a step failed: what the platform says about it, else the error with its trace."""
    said = failure.user_failure_data and failure.user_failure_data.description
    return said or failure.error_display_string
