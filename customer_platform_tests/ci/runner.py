"""Runs what a CI service makes of its file: steps in their order, in clones, up to a gate."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from customer_platform_tests.ci import tools
from customer_platform_tests.ci.pipeline import Event, Job, Service, Step

SUCCESS, FAILURE, SKIPPED, WAITING = "success", "failure", "skipped", "waiting"

_PYTHON = """#!/bin/sh
[ "$*" = "-m venv .venv" ] || exit 64
mkdir -p .venv/bin && cp "$CI_TOOLS"/installed/* .venv/bin
"""


class Machine:
    """The machine of a runner, with what steps find on its PATH.

    Args:
        folder: A folder of its own.
        platform: The customer-platform that is installed there; None for one that only records.
    """

    def __init__(self, folder: Path, platform: Path | None = None) -> None:
        if shutil.which("jq") is None:
            pytest.skip("jq isn't installed, with which the pipelines read what services say")
        self.folder = folder
        self.exit_codes: dict[str, int] = {}
        for each in ("bin", "installed", "machine/builds"):
            (folder / each).mkdir(parents=True)
        for program in ("gh", "curl", "gcloud"):
            self._script(f"bin/{program}", f'{sys.executable} -IS {tools.__file__} {program} "$@"')
        self._write("bin/python3", _PYTHON)
        if platform:
            self._script("installed/customer-platform", f'{platform} "$@"')
            # It finds all that the project needs installed already, and asks no index.
            offline = "--dry-run --no-index --no-build-isolation"
            self._script("installed/pip", f'{sys.executable} -m pip --isolated "$@" {offline}')
        else:
            stub = f'{sys.executable} -IS {tools.__file__} customer-platform "$@"'
            self._script("installed/customer-platform", stub)
            self._script("installed/pip", 'test "$*" = "install --quiet ."')

    def _script(self, name: str, command: str) -> None:
        self._write(name, f"#!/bin/sh\n{command}\n")

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def variables(self) -> dict[str, str]:
        """What is set on the machine."""
        ours = ("CUSTOMER_PLATFORM_", "DAGSTER", "DBT_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        path = f"{self.folder / 'bin'}{os.pathsep}{kept['PATH']}"
        return kept | {"PATH": path, tools.FOLDER: str(self.folder)}

    def answer(self, answers: Mapping[str, Any]) -> None:
        """Has the service answer so from now on."""
        known = {**answers, "exit codes": self.exit_codes}
        (self.folder / "answers.json").write_text(json.dumps(known))

    def calls(self, program: str) -> list[dict[str, Any]]:
        """What a program was asked to do, in order."""
        path = self.folder / "calls.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [call for call in map(json.loads, lines) if call["program"] == program]


@dataclass
class Run:
    """One run of a pipeline.

    Attributes:
        service: The CI service.
        event: What has started it.
        remote: The bare repository.
        machine: The machine.
        output: All that was said.
    """

    service: Service
    event: Event
    remote: Path
    machine: Machine
    output: str = ""

    def __post_init__(self) -> None:
        self._jobs = self.service.jobs(self.event.kind)
        self._folder = self.machine.folder / f"{self.event.kind}-{self.event.commit}"

    def start(self) -> str:
        """Runs jobs until one fails, or waits for a person."""
        while self._jobs and not self._jobs[0].waits:
            if self._next(None) == FAILURE:
                return FAILURE
        return WAITING if self._jobs else SUCCESS

    def release(self, by: str) -> str:
        """Has somebody let the job that waits run; one that fails waits again."""
        assert self._jobs[0].waits
        return self._next(by)

    def _next(self, released_by: str | None) -> str:
        self.machine.answer(self.service.answers(self.event, released_by))
        if FAILURE in self._run(self._jobs[0], released_by).values():
            return FAILURE
        self._jobs.pop(0)
        return SUCCESS

    def _run(self, job: Job, released_by: str | None) -> dict[str, str]:
        place = self._folder / "work"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        variables = self.machine.variables() | self.service.variables(self.event, released_by)
        outcomes: dict[str, str] = {}
        for step in job.steps:
            known = step.key or step.name
            if not self.service.runs(step.condition, outcomes):
                outcomes[known] = SKIPPED
            elif step.command:
                outcomes[known] = self._call(step, place, variables)
            else:
                outcomes[known] = self._do(step, place)
        return outcomes

    def _call(self, step: Step, place: Path, variables: Mapping[str, str]) -> str:
        env = {name: self.service.expanded(text, self.event) for name, text in step.env.items()}
        command = [self.service.expanded(text, self.event) for text in step.command]
        ended = subprocess.run(
            command, cwd=place, env={**variables, **env}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.output += f"\n$ {step.name}\n{ended.stdout}"
        return FAILURE if ended.returncode else SUCCESS

    def _do(self, step: Step, place: Path) -> str:
        """What the service does itself."""
        kept = self._folder / "kept"
        if step.checkout:
            git(place, "clone", "--quiet", str(self.remote), ".")
            git(place, "checkout", "--quiet", "--detach", self.event.commit)
        for name in step.upload:
            kept.mkdir(exist_ok=True)
            shutil.copy(place / name, kept / name)
        if step.download and kept.exists():
            shutil.copytree(kept, place, dirs_exist_ok=True)
        return SUCCESS


def git(folder: Path, *arguments: str) -> str:
    """What git says."""
    found = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()
