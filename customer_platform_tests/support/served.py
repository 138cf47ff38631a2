"""A platform that is served, as `make ui` and `make workbench` do."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from customer_platform.environment import Environment, load_environment
from customer_platform.project import REPOSITORY
from customer_platform_tests.support.demos import BuiltDemo
from customer_platform_tests.support.homes import copy_home

_START_SECONDS = 300


@dataclass(frozen=True)
class ServedPlatform:
    """A platform that is being served.

    Attributes:
        url: Where its UI is.
        environment: Its deployment.
    """

    url: str
    environment: Environment


@contextmanager
def served(demo: BuiltDemo, home: Path) -> Iterator[ServedPlatform]:
    """Serves a copy of a demo as development does: its sensors run.

    Args:
        demo: The demo.
        home: Where its copy is put.
    """
    environment = load_environment(
        {
            **demo.variables,
            "CUSTOMER_PLATFORM_ENVIRONMENT": "development",
            "CUSTOMER_PLATFORM_HOME": str(home),
        }
    )
    copy_home(demo.home, environment)
    with _answering(environment, "ui", "/server_info") as url:
        yield ServedPlatform(url, environment)


@contextmanager
def served_workbench(environment: Environment) -> Iterator[str]:
    """Serves the workbench of a deployment; gives where it is.

    Args:
        environment: The deployment, which has been published.
    """
    with _answering(environment, "workbench", "/") as url:
        yield url


@contextmanager
def _answering(environment: Environment, command: str, path: str) -> Iterator[str]:
    """Has a command serve the deployment, once a path of it is answered."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = environment.home / f"{command}.log"
    with log.open("wb") as output:
        process = psutil.Popen(
            [Path(sys.executable).with_name("customer-platform"), command, "--port", str(port)],
            cwd=REPOSITORY,
            env=os.environ | environment.process_variables,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_served(f"{url}{path}", process, log)
            yield url
        finally:
            _kill(process)


def _kill(process: psutil.Popen) -> None:
    """Kills the processes that serve, of which the first would wait for all others for long."""
    for each in (*process.children(recursive=True), process):
        with suppress(psutil.NoSuchProcess):
            each.kill()
    process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_served(url: str, process: psutil.Popen, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10):
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError(f"nothing answers at {url}:\n{log.read_text()}")
