"""A real Dagster on a small demo: its web server, which can be away, and its daemon."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from customer_platform.demo import generator
from customer_platform.project import REPOSITORY
from customer_platform_tests.support.demos import variables

_START_SECONDS = 120
_DAYS = 3


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def kill(process: psutil.Popen) -> None:
    """Kills a process and all that it has started."""
    with suppress(psutil.NoSuchProcess):
        for each in (*process.children(recursive=True), process):
            with suppress(psutil.NoSuchProcess):
                each.kill()
    process.wait()


@dataclass
class ServedDagster:
    """A deployment with Dagster's services, which are started and ended one by one.

    Attributes:
        home: The deployment's home, with the files of a demo whose last day is yesterday.
        port: Where the web server is, when it is there.
    """

    home: Path
    port: int = field(default_factory=free_port)
    _processes: dict[str, psutil.Popen] = field(default_factory=dict)

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day of the demo."""
        today = datetime.now(UTC).date()
        return ((today - timedelta(days=_DAYS)).isoformat(), self._yesterday().isoformat())

    @property
    def variables(self) -> dict[str, str]:
        """The environment of its processes."""
        return {
            **variables("retail", self.home),
            "DAGSTER_HOME": str(self.home / "dagster"),
        }

    def _yesterday(self) -> Any:
        return datetime.now(UTC).date() - timedelta(days=1)

    def make(self) -> None:
        """Writes the demo's files, and prepares the deployment."""
        write = generator("retail")
        write(self.home, customers=60, days=_DAYS, seed=7, end=self._yesterday())
        program = Path(sys.executable).with_name("customer-platform")
        subprocess.run([program, "prepare"], env=self.variables, cwd=REPOSITORY, check=True)

    def start(self, service: str) -> None:
        """Starts `webserver` or `daemon`; returns when the web server answers."""
        program = Path(sys.executable).with_name(f"dagster-{service}")
        arguments = ["run"] if service == "daemon" else ["--port", str(self.port)]
        with (self.home / f"{service}.log").open("ab") as output:
            self._processes[service] = psutil.Popen(
                [program, *arguments, "-w", REPOSITORY / "workspace.yaml"],
                cwd=REPOSITORY,
                env=os.environ | self.variables,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + _START_SECONDS
        while service == "webserver" and not self._answers():
            assert time.monotonic() < deadline, (self.home / f"{service}.log").read_text()
            time.sleep(0.2)

    def end(self, service: str) -> None:
        """Kills a service, as a machine that goes down does."""
        kill(self._processes.pop(service))

    def end_all(self) -> None:
        """Kills what is there."""
        for service in list(self._processes):
            self.end(service)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/server_info", timeout=5):
                return True
        except OSError:
            return False

    def ask(self, query: str) -> Any:
        """What the web server answers to a query."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/graphql",
            json.dumps({"query": query}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["data"]

    def runs(self) -> list[dict[str, str]]:
        """All runs, the newest first: runId, jobName and status."""
        said = self.ask("{ runsOrError { ... on Runs { results { runId jobName status } } } }")
        runs: list[dict[str, str]] = said["runsOrError"]["results"]
        return runs

    def wait_for_status(self, status: str) -> str:
        """Waits until the newest run has a status; returns its id."""
        deadline = time.monotonic() + _START_SECONDS
        while self.runs()[0]["status"] != status:
            assert time.monotonic() < deadline, self.runs()
            time.sleep(0.2)
        return self.runs()[0]["runId"]
