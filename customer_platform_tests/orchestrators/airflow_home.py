"""A real Airflow: an environment of its own, without Dagster, and a home with the DAGs in it."""

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from customer_platform_tests.orchestrators.conftest import EXAMPLES
from customer_platform_tests.orchestrators.served_dagster import free_port, kill

VERSIONS = ("2.10.5", "3.3.2")
DAGSTER_DAG = "customer_platform_by_dagster"
_PATIENCE_SECONDS = 240


def airflow_bin(version: str) -> Path:
    """The programs of an Airflow, which is installed unless it is there; else the test is skipped.

    Args:
        version: One of VERSIONS, whose packages are pinned next to this file.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "customer_platform"
    folder, pins = cache / f"airflow-{version}", Path(__file__).with_name(f"airflow-{version}.txt")
    marker = folder / "installed.txt"
    if not marker.exists() or marker.read_text() != pins.read_text():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "-r", str(pins)]
        installed = subprocess.run(pip, capture_output=True, text=True)
        if installed.returncode != 0:
            shutil.rmtree(folder)
            pytest.skip(f"Airflow {version} can't be installed: {installed.stderr[-500:]}")
        marker.write_text(pins.read_text())
    return folder / "bin"


@dataclass
class DagTest:
    """A run of a DAG by `airflow dags test`.

    Attributes:
        process: Its process.
        path: Where its log is.
    """

    process: psutil.Popen
    path: Path

    @property
    def log(self) -> str:
        """What it has said until now."""
        return self.path.read_text()

    def wait_for(self, text: str, count: int = 1) -> None:
        """Waits until its log holds a text; a process that ends before is a failure."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while self.log.count(text) < count:
            assert time.monotonic() < deadline, self.log
            assert self.process.poll() is None, self.log
            time.sleep(0.2)

    def succeeded(self) -> bool:
        """Waits for its end; whether Airflow marked the DAG's run successful."""
        self.process.wait(_PATIENCE_SECONDS)
        ended = [line for line in self.log.splitlines() if "Marking run <DagRun" in line]
        assert len(ended) == 1, self.log
        return " successful" in ended[0]


@dataclass(frozen=True)
class AirflowHome:
    """A home of Airflow.

    Attributes:
        version: Of Airflow.
        folder: The home.
        variables: The environment of its processes.
    """

    version: str
    folder: Path
    variables: dict[str, str]

    @property
    def dags(self) -> Path:
        """The DAGs folder."""
        return self.folder / "dags"

    def run(self, *arguments: str) -> str:
        """What `airflow ...` prints."""
        result = subprocess.run(
            ["airflow", *arguments], env=self.variables, capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    @contextmanager
    def dag_test(self, dag: str, first: str, last: str) -> Iterator[DagTest]:
        """Runs a DAG for a range of days, in one process."""
        path = self.folder / f"{dag}.log"
        days = json.dumps({"first": first, "last": last})
        with path.open("wb") as output:
            process = psutil.Popen(
                ["airflow", "dags", "test", dag, "-c", days],
                env=self.variables, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                yield DagTest(process, path)
            finally:
                kill(process)

    @contextmanager
    def scheduled(self) -> Iterator[None]:
        """Runs Airflow's services, which start the newest run of a DAG by its schedule.

        It is the DAG by Dagster alone, and one whose tries follow each other at once.
        """
        (self.dags / "customer_platform_by_command.py").unlink()
        dag = self.dags / f"{DAGSTER_DAG}.py"
        dag.write_text(dag.read_text().replace("timedelta(minutes=5)", "timedelta(seconds=1)"))
        services = "scheduler" if self.version.startswith("2") else "standalone"
        with (self.folder / "services.log").open("wb") as output:
            process = psutil.Popen(
                ["airflow", services], env=self.variables, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                yield
            finally:
                kill(process)

    def wait_for_log(self, task: str, text: str, attempt: int = 1) -> str:
        """Waits until the log of a task in a scheduled run holds a text; returns the log."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        pattern = f"logs/dag_id={DAGSTER_DAG}/run_id=*/task_id={task}/attempt={attempt}.log"
        while True:
            log = "".join(path.read_text() for path in self.folder.glob(pattern))
            if text in log:
                return log
            assert time.monotonic() < deadline, (
                log + (self.folder / "services.log").read_text()[-5000:]
            )
            time.sleep(0.5)


def airflow_home(version: str, folder: Path, dagster_port: int) -> AirflowHome:
    """Makes a home with the DAGs, and the connection to Dagster.

    Args:
        version: Of Airflow.
        folder: The home.
        dagster_port: Where Dagster is, or will be.
    """
    programs = airflow_bin(version)
    shutil.copytree(EXAMPLES, folder / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    connection = {
        "conn_type": "http", "host": "127.0.0.1", "port": dagster_port, "password": "s3cret-token",
    }  # fmt: skip
    port = free_port()
    settings = {
        "CORE__DAGS_FOLDER": str(folder / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "API__PORT": str(port),
        "API__BASE_URL": f"http://127.0.0.1:{port}",
        "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
    }
    ours = ("AIRFLOW", "CUSTOMER_PLATFORM_", "DAGSTER_", "DBT_", "PYTHON", "VIRTUAL_ENV")
    variables = {
        **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
        **{f"AIRFLOW__{name}": value for name, value in settings.items()},
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW_CONN_CUSTOMER_PLATFORM": json.dumps(connection),
        "CUSTOMER_PLATFORM_PROGRAM": str(Path(sys.executable).with_name("customer-platform")),
        # Airflow starts itself by its name.
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    home = AirflowHome(version, folder, variables)
    home.run("db", "migrate")
    return home
