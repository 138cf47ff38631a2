"""The demo of every business model, built once for all the tests of a session.

A process of its own builds each: definitions read the business model when they are imported, so
that a test's process has one alone. Whoever needs a demo first has it built; the other workers of
the session wait for it. Who writes to a demo copies it.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg

from customer_platform.deployment import prepare
from customer_platform.environment import Environment, load_environment
from customer_platform.project import REPOSITORY
from customer_platform_tests.support.homes import copied_home, take_over_parse

TOLD = "told.json"


@dataclass(frozen=True)
class Demo:
    """What a demo consists of, always the same.

    Attributes:
        customers: How many there are.
        days: Its days, ISO, oldest first. All are long past.
        seed: Of its data.
    """

    customers: int
    days: tuple[str, ...]
    seed: int

    @property
    def last_day(self) -> date:
        """The last of its days."""
        return date.fromisoformat(self.days[-1])


def _days(last: date, count: int) -> tuple[str, ...]:
    return tuple((last - timedelta(days=n)).isoformat() for n in reversed(range(count)))


DEMOS = {
    "retail": Demo(customers=150, days=_days(date(2024, 3, 1), 4), seed=3),
    "marketplace": Demo(customers=200, days=_days(date(2024, 3, 1), 3), seed=5),
    "b2b": Demo(customers=120, days=_days(date(2026, 1, 10), 3), seed=5),
}


@dataclass(frozen=True)
class BuiltDemo:
    """A demo that was built.

    Attributes:
        business_model: Its business model.
        home: Its home, which all tests share: nobody writes to it.
        printed: What the process that built it has printed, and what to its standard error.
    """

    business_model: str
    home: Path
    printed: tuple[str, str]

    @property
    def days(self) -> tuple[str, ...]:
        """Its days, ISO, oldest first."""
        return DEMOS[self.business_model].days

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that describe its deployment."""
        return variables(self.business_model, self.home)

    @property
    def environment(self) -> Environment:
        """Its deployment."""
        return load_environment(self.variables)

    @cached_property
    def told(self) -> Mapping[str, Any]:
        """What its process has told: see `build_demo`."""
        told: dict[str, Any] = json.loads((self.home / TOLD).read_text())
        return told


@dataclass(frozen=True)
class DemoCopy:
    """A copy of a demo, to be changed by this process.

    Attributes:
        environment: Its deployment.
        instance: The Dagster instance that takes the events of its runs.
        days: Its days, ISO, oldest first.
    """

    environment: Environment
    instance: dg.DagsterInstance
    days: tuple[str, ...]


@contextmanager
def copied_demo(demo: BuiltDemo, folder: Path, prepared: Environment) -> Iterator[DemoCopy]:
    """Points this process at a copy of a demo for as long as the context is open.

    Args:
        demo: The demo, of the session's business model.
        folder: Where its copy is put.
        prepared: The session's deployment.
    """
    with (
        copied_home(demo.home, folder, prepared) as environment,
        # In memory: the files of an event log take longer.
        dg.DagsterInstance.ephemeral() as instance,
    ):
        yield DemoCopy(environment, instance, demo.days)


def variables(business_model: str, home: Path) -> dict[str, str]:
    """The environment variables of a process that works on a demo.

    Args:
        business_model: Its business model.
        home: Where it is.
    """
    return {
        **os.environ,
        "CUSTOMER_PLATFORM_ENVIRONMENT": "test",
        "CUSTOMER_PLATFORM_BUSINESS_MODEL": business_model,
        "CUSTOMER_PLATFORM_HOME": str(home),
        "CUSTOMER_PLATFORM_START_DATE": "2024-01-01",
    }


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lets no other worker in; released when the file is closed, also by one that is killed."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepared_deployment(environment: Environment, folder: Path) -> Environment:
    """Prepares this process' deployment; what dbt parses, it parses once for all workers.

    Args:
        environment: The deployment, which is active in this process.
        folder: Where the workers of this session share what they have made.
    """
    parsed = folder / "parsed" / environment.business_model
    with _locked(folder / "parsed.lock"):
        if not parsed.exists():
            prepare(environment)
            shutil.copytree(environment.dbt_target, parsed)
            return environment
    shutil.copytree(parsed, environment.dbt_target)
    prepare(environment)
    take_over_parse(environment)
    return environment


def built_demo(business_model: str, folder: Path) -> BuiltDemo:
    """The demo of a business model, which is built unless another worker has done so.

    Args:
        business_model: The business model.
        folder: Where the workers of this session share what they have made.

    Raises:
        AssertionError: It can't be built; the message is what its process has printed.
    """
    home = folder / business_model
    printed = [folder / f"{business_model}.{name}" for name in ("out", "err")]
    with _locked(folder / f"{business_model}.lock"):
        if not (home / TOLD).exists():
            shutil.rmtree(home, ignore_errors=True)
            with printed[0].open("w") as output, printed[1].open("w") as errors:
                process = subprocess.run(
                    [sys.executable, "-m", "customer_platform_tests.support.build_demo"],
                    cwd=REPOSITORY, env=variables(business_model, home), stdout=output,
                    stderr=errors, check=False, umask=0o022,
                )  # fmt: skip
            assert process.returncode == 0, "".join(each.read_text() for each in printed)[-5_000:]
    return BuiltDemo(business_model, home, (printed[0].read_text(), printed[1].read_text()))
