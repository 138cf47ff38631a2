"""A Spark Connect server on this machine, to try the platform on Spark, and for tests.

`python -m customer_platform.warehouse.local_spark FOLDER` serves until it is interrupted; with a
command behind it, until that has ended.
"""

import argparse
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.errors import EngineUnavailableError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"
_START_SECONDS = 180
_STOP_SECONDS = 30


@dataclass(frozen=True)
class SparkServer:
    """A Spark Connect server that is running.

    Attributes:
        url: Where it listens: `sc://127.0.0.1:PORT`.
        lake: Folder below which it is to keep tables.
        pid: Its process.
        log: What it has written.
    """

    url: str
    lake: Path
    pid: int
    log: Path

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of a deployment that keeps its tables there."""
        return {
            "CUSTOMER_PLATFORM_WAREHOUSE": self.url,
            "CUSTOMER_PLATFORM_LAKE": str(self.lake),
        }

    @contextmanager
    def session(self) -> Iterator["SparkSession"]:
        """A session of its own, which ends here: at exit, an open one waits for the server."""
        from pyspark.sql import SparkSession

        session = SparkSession.builder.remote(self.url).create()
        session.conf.set("spark.sql.timestampType", "TIMESTAMP_NTZ")
        try:
            yield session
        finally:
            session.stop()


def why_there_is_no_spark() -> str | None:
    """Says what is missing to start a server, None where nothing is."""
    if shutil.which("java") is None:
        return (
            "Spark needs Java 17 or newer, and there is no `java`: on Debian and Ubuntu, "
            "`apt-get install openjdk-17-jre-headless`"
        )
    spark = importlib.util.find_spec("pyspark")
    if spark is None or spark.origin is None or not _jars(Path(spark.origin).parent):
        return "Spark's server needs the package `pyspark[connect]`: install the group `engines`"
    if importlib.util.find_spec("dbt.adapters.spark") is None:
        return "dbt on Spark needs the package `dbt-spark`: install the group `engines`"
    return None


@contextmanager
def spark_server(
    folder: Path,
    *,
    cores: int = 2,
    memory: str = "2g",
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
) -> Iterator[SparkServer]:
    """Runs a server, which is stopped at the end.

    Its catalogue stays in the folder, so a server that is started there again knows its tables.

    Args:
        folder: Where it keeps catalogue, lake, log and what it spills.
        cores: Threads of Spark.
        memory: Memory of its process.
        port: Where it listens; a free port if None.
        settings: Further settings of Spark.

    Raises:
        EngineUnavailableError: It doesn't start; the message ends with its log.
    """
    if missing := why_there_is_no_spark():
        raise EngineUnavailableError(missing)
    lake, log = folder / "lake", folder / "spark.log"
    lake.mkdir(parents=True, exist_ok=True)
    port = port or _free_port()
    # With a session of its own, so that a signal reaches Python workers, too.
    with log.open("ab") as output:
        process = subprocess.Popen(
            _command(folder, port, cores, memory, settings or {}),
            cwd=folder,
            env=_variables(),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_listens(port, process, log)
        yield SparkServer(f"sc://127.0.0.1:{port}", lake, process.pid, log)
    finally:
        _stop(process)


def _command(
    folder: Path, port: int, cores: int, memory: str, settings: Mapping[str, str]
) -> list[str]:
    spark = _spark_home()
    (folder / "spill").mkdir(exist_ok=True)
    catalogue = f"jdbc:derby:;databaseName={folder / 'catalogue'};create=true"
    chosen = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.ui.enabled": "false",
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.catalogImplementation": "hive",
        "spark.sql.warehouse.dir": str(folder / "lake"),
        "spark.hadoop.javax.jdo.option.ConnectionURL": catalogue,
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(cores),
        **settings,
    }
    return [
        str(spark / "bin" / "spark-submit"),
        "--class",
        _SERVER,
        "--master",
        f"local[{cores}]",
        "--driver-memory",
        memory,
        *(part for name, value in chosen.items() for part in ("--conf", f"{name}={value}")),
        "spark-internal",
    ]


def _variables() -> dict[str, str]:
    # A submitted server must not take itself for a client of another one.
    kept = {k: v for k, v in os.environ.items() if k not in ("SPARK_REMOTE", "SPARK_CONNECT_MODE")}
    return kept | {
        "SPARK_HOME": str(_spark_home()),
        "SPARK_CONNECT_MODE": "0",
        "PYSPARK_PYTHON": sys.executable,
        "TZ": "UTC",
    }


def _spark_home() -> Path:
    spark = importlib.util.find_spec("pyspark")
    if spark is None or spark.origin is None:
        raise EngineUnavailableError(why_there_is_no_spark())
    return Path(spark.origin).parent


def _jars(spark: Path) -> bool:
    return any(spark.glob("jars/spark-connect_*.jar"))


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise EngineUnavailableError(
        f"Spark's server doesn't listen at port {port}:\n{log.read_text()[-4000:]}"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
            return


def main() -> None:
    """Serves until it is interrupted, or a command has ended."""
    parser = argparse.ArgumentParser(description="Serve Spark Connect on this machine.")
    parser.add_argument("folder", type=Path, help="folder of catalogue, lake and log")
    parser.add_argument("--port", type=int, help="where to listen [default: a free port]")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--memory", default="2g", help="memory of the process [default: 2g]")
    parser.add_argument(
        "command", nargs=argparse.REMAINDER, help="what to run on it [default: serve only]"
    )
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        with spark_server(
            options.folder.absolute(),
            cores=options.cores,
            memory=options.memory,
            port=options.port,
        ) as server:
            for name, value in server.variables.items():
                print(f"export {name}={value}", flush=True)
            if options.command:
                sys.exit(_run(options.command, server))
            with suppress(KeyboardInterrupt):
                signal.pause()
    except EngineUnavailableError as error:
        sys.exit(f"Error: {error}")


def _run(command: list[str], server: SparkServer) -> int:
    """Runs a command on the deployment of the server's variables; its exit code."""
    return subprocess.run(command, env=os.environ | server.variables, check=False).returncode


if __name__ == "__main__":
    main()
