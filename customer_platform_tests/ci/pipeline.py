"""What a CI service makes of its file: jobs of steps, and gates that a person opens."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from customer_platform.project import REPOSITORY

EXAMPLES = REPOSITORY / "examples" / "ci"

PULL_REQUEST, PUSH = "pull_request", "push"
# The condition of a step that runs after a failure, too.
ALWAYS = "always"


class UnknownSyntaxError(Exception):
    """Something in a file that the runner doesn't know, so that it can't say what would happen."""


@dataclass(frozen=True)
class Event:
    """What starts a pipeline.

    Attributes:
        kind: PULL_REQUEST or PUSH, to main.
        commit: The commit that is checked out.
        author: Who opened the pull request.
        actor: Who pushed to its branch, or merged it.
    """

    kind: str
    commit: str
    author: str
    actor: str


@dataclass(frozen=True)
class Step:
    """One step of a job.

    Attributes:
        name: What it is called.
        command: The program and its arguments; empty where the service does it itself.
        env: Variables of this step.
        condition: When it runs; empty: if all steps before it have succeeded.
        key: By which conditions know it.
        checkout: Whether the service clones the commit.
        upload: Files that the service keeps for later jobs.
        download: Whether it fetches what was kept.
    """

    name: str
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    condition: str = ""
    key: str = ""
    checkout: bool = False
    upload: tuple[str, ...] = ()
    download: bool = False


@dataclass(frozen=True)
class Job:
    """Steps that run in one checkout.

    Attributes:
        name: What it is called.
        steps: Its steps, in order.
        waits: Whether a person has to let it run.
        lock: What two of its kind may not hold at a time; empty where nothing keeps them apart.
    """

    name: str
    steps: tuple[Step, ...]
    waits: bool = False
    lock: str = ""


class Service(ABC):
    """A CI service: how it reads its file, and what it tells the steps."""

    name: str
    schema: str
    files: tuple[str, ...]

    @abstractmethod
    def jobs(self, kind: str) -> list[Job]:
        """The jobs that an event starts, in order."""

    @abstractmethod
    def person(self, name: str) -> str:
        """What the service calls somebody."""

    @abstractmethod
    def variables(self, event: Event, released_by: str | None) -> dict[str, str]:
        """The variables that it sets for the steps of a job."""

    def expanded(self, text: str, event: Event) -> str:
        """A text of the file with what the service fills in, before anything runs.

        Raises:
            UnknownSyntaxError: It holds an expression that the service isn't known to fill in.
        """
        return text

    def runs(self, condition: str, outcomes: Mapping[str, str]) -> bool:
        """Whether a step runs, after the steps before it.

        Args:
            condition: The step's.
            outcomes: `success`, `failure` or `skipped` of each step before, by name or key.

        Raises:
            UnknownSyntaxError: The condition isn't known.
        """
        if condition not in ("", ALWAYS):
            raise UnknownSyntaxError(condition)
        return condition == ALWAYS or "failure" not in outcomes.values()

    @abstractmethod
    def answers(self, event: Event, released_by: str | None) -> dict[str, Any]:
        """What its API answers, by the end of the address."""


def read(file: str) -> dict[str, Any]:
    """One of the files, as YAML."""
    # GitHub's key `on` is a boolean in YAML 1.1, which the services don't read.
    found: dict[str, Any] = yaml.load(path_of(file).read_text(), Loader=yaml.BaseLoader)
    return found


def path_of(file: str) -> Path:
    """Where one of the files is."""
    return EXAMPLES / file


def only_known(stated: Mapping[str, Any], *known: str) -> None:
    """Refuses keys that would change what happens, and that the runner passes over.

    Raises:
        UnknownSyntaxError: There is such a key.
    """
    unknown = sorted(set(stated) - set(known))
    if unknown:
        raise UnknownSyntaxError(f"keys {', '.join(unknown)}")
