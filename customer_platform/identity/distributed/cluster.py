"""The Spark cluster: a session, and whether its workers can resolve."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from customer_platform.errors import ClusterError

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

    # What runs on a worker: the Arrow batches of a partition in, Arrow batches out.
    Worker = Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]

_NEEDED = ("customer_platform", "duckdb", "numba", "pyarrow")
_PORT = 15002
_ANSWER_SECONDS = 10
_SHUFFLE = "spark.sql.shuffle.partitions"
_SETTINGS = {
    # Few, large batches: a batch costs a round trip between the JVM and Python.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    # Shuffles have as many partitions as their rows ask for; statistics would only merge them.
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
}


@dataclass(frozen=True)
class Cluster:
    """A cluster whose workers can resolve.

    Attributes:
        session: The session.
        slots: Tasks that run side by side.
    """

    session: "SparkSession"
    slots: int

    def shuffle_into(self, partitions: int) -> None:
        """Sets how many partitions joins and groupings have from here on."""
        self.session.conf.set(_SHUFFLE, str(partitions))

    def partitions(self, rows: int, rows_each: int) -> int:
        """How many partitions hold so many rows, filling all slots in each turn."""
        turns = max(1, -(-rows // (rows_each * self.slots)))
        return turns * self.slots


@contextmanager
def connected(url: str) -> Iterator["SparkSession"]:
    """Opens a session of its own with a Spark Connect server.

    Args:
        url: `sc://host:port`.

    Raises:
        ClusterError: The client isn't installed, the URL isn't one, or no server answers.
    """
    address = urlsplit(url)
    # The rest of a URL may be a token.
    server = f"sc://{address.netloc.rpartition('@')[2]}"
    if address.scheme != "sc" or not address.hostname:
        raise ClusterError(
            f"{url.partition('/;')[0]!r} is no Spark Connect server: write sc://host:port"
        )
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise ClusterError(
            "Spark's client isn't installed: pip install 'customer-platform[spark]'"
        ) from error
    try:
        # The client itself would try for ten minutes.
        place = (address.hostname, address.port or _PORT)
        with socket.create_connection(place, timeout=_ANSWER_SECONDS):
            pass
        session = SparkSession.builder.remote(url).create()
        session.sql("select 1").collect()
    except (PySparkException, OSError) as error:
        raise ClusterError(
            f"no Spark Connect server answers at {server}: {first_line(error)}"
        ) from error
    try:
        yield session
    finally:
        session.stop()


@contextmanager
def prepared(session: "SparkSession") -> Iterator[Cluster]:
    """Sets a session up, and checks its workers; the settings are those of before afterwards.

    Raises:
        ClusterError: Workers lack a package, or have another major version of DuckDB.
    """
    before = {name: session.conf.get(name, None) for name in (*_SETTINGS, _SHUFFLE)}
    for name, value in _SETTINGS.items():
        session.conf.set(name, value)
    try:
        yield Cluster(session, _checked_slots(session))
    finally:
        for name, old in before.items():
            if old is None:
                session.conf.unset(name)
            else:
                session.conf.set(name, old)


def run(frame: "DataFrame", worker: "Worker", columns: str) -> "DataFrame":
    """Runs a function on every partition of a frame."""
    return frame.mapInArrow(worker, columns)


def kept(frame: "DataFrame") -> "DataFrame":
    """Computes a frame once, and keeps its rows on the disks of the cluster for the session."""
    from pyspark import StorageLevel

    return frame.localCheckpoint(eager=True, storageLevel=StorageLevel.DISK_ONLY)


def _checked_slots(session: "SparkSession") -> int:
    """How many tasks run side by side.

    Raises:
        ClusterError: See `prepared`.
    """
    import duckdb

    # By value: where the package is missing, no function of it could be loaded by its name.
    _versions.__module__ = "__main__"
    names = ", ".join(f"{name} string" for name in ("python", *_NEEDED))
    rows = run(session.range(1 << 12), _versions, names).collect()
    for row in rows:
        check_versions(row.asDict(), duckdb.__version__)
    return len(rows)


def check_versions(worker: Mapping[str, Any], duckdb_here: str) -> None:
    """Checks what a worker has.

    Args:
        worker: Version by package, None for one that is missing; and `python`, where it is.
        duckdb_here: The version of DuckDB in this process.

    Raises:
        ClusterError: A package is missing, or DuckDB would hash differently.
    """
    if missing := [name for name in _NEEDED if worker[name] is None]:
        raise ClusterError(
            f"Spark's workers can't import {', '.join(missing)}: install customer-platform into "
            f"{worker['python']} on every node, or let spark.pyspark.python name a Python that "
            "has it"
        )
    if worker["duckdb"].split(".")[0] != duckdb_here.split(".")[0]:
        raise ClusterError(
            f"a worker has DuckDB {worker['duckdb']}, this process {duckdb_here}: hashes, and with "
            "them customer IDs, are the same within one major version only; install one of them "
            "everywhere"
        )


def _versions(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    import importlib
    import sys

    import pyarrow as pa

    found = {"python": sys.executable}
    for name in ("customer_platform", "duckdb", "numba", "pyarrow"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            found[name] = None  # type: ignore[assignment]
        else:
            found[name] = getattr(module, "__version__", "installed")
    for _ in batches:
        pass
    yield pa.RecordBatch.from_pydict({k: pa.array([v], pa.string()) for k, v in found.items()})


def first_line(error: Exception) -> str:
    """What an error says, without the trace of Java behind it."""
    return (str(error).strip() or type(error).__name__).splitlines()[0]
