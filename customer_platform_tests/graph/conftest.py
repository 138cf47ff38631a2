"""A small demo, built once by the job main; the tests of the folder share it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import dagster as dg
import pytest

from customer_platform.demo.retail import generate
from customer_platform.environment import Environment
from customer_platform_tests.support.homes import run_job, separate_home

PEOPLE = 150
DAYS = 4
LAST_DAY = date(2024, 3, 1)


@dataclass(frozen=True)
class BuiltDemo:
    """A demo that was built.

    Attributes:
        environment: Its deployment.
        instance: The Dagster instance that holds its events.
        run: The run of the job main.
        days: Its days, oldest first.
    """

    environment: Environment
    instance: dg.DagsterInstance
    run: dg.ExecuteInProcessResult
    days: list[str]


@pytest.fixture(scope="module")
def built(prepared: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltDemo]:
    """150 people over 4 days that are long past."""
    days = [(LAST_DAY - timedelta(days=n)).isoformat() for n in reversed(range(DAYS))]
    with (
        separate_home(tmp_path_factory.mktemp("demo"), prepared, runs_dbt=True) as environment,
        dg.DagsterInstance.ephemeral() as instance,
    ):
        generate(environment.home, customers=PEOPLE, days=DAYS, seed=3, end=LAST_DAY)
        run = run_job(instance, "main", days[0], days[-1])
        yield BuiltDemo(environment, instance, run, days)
