"""Resolution on Spark and in one process, on the same records, with the processor time of both."""

import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import psutil
from identity_data.cache import people_files
from measure import measure

from customer_platform.identity import load_rules
from customer_platform.identity.distributed.files import resolve_parquet
from customer_platform_tests.support.spark_server import spark_server

_SAMPLE_SECONDS = 0.2
_MEMORY = "3g"


class DifferentMapsError(RuntimeError):
    """Spark and one process have given records to different customers."""


@dataclass
class Used:
    """What a phase used.

    Attributes:
        seconds: Wall time.
        jvm_cpu: CPU seconds of the server.
        python_cpu: CPU seconds of its Python workers.
    """

    seconds: float = 0.0
    jvm_cpu: float = 0.0
    python_cpu: float = 0.0


@dataclass
class Run:
    """A resolution on Spark.

    Attributes:
        cores: Of the server.
        phases: What each phase used.
        worker_bytes: Peak memory of the largest Python worker.
        jvm_bytes: Peak memory of the server.
    """

    cores: int
    phases: dict[str, Used] = field(default_factory=dict)
    worker_bytes: int = 0
    jvm_bytes: int = 0

    @property
    def seconds(self) -> float:
        """Wall time of all phases."""
        return sum(each.seconds for each in self.phases.values())

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds of all phases and processes."""
        return sum(each.jvm_cpu + each.python_cpu for each in self.phases.values())


def compare(
    records: int, rules: Path, cache: Path, folder: Path, cores: Sequence[int]
) -> dict[str, Any]:
    """Resolves records in one process, and on Spark with each number of cores.

    Args:
        records: How many.
        rules: File of the rules.
        cache: Folder in which files of records are kept.
        folder: An empty folder.
        cores: Cores of Spark, the most last.

    Raises:
        DifferentMapsError: The maps differ in a row but for the moment of the run.
    """
    [path] = people_files(cache, [records])
    one = folder / "one.parquet"
    program = Path(sys.executable).with_name("customer-platform")
    alone = measure([program, "resolve", path, "--rules", rules, "--output", one], folder)
    runs = [_run(each, path, rules, folder, one) for each in cores]
    last = runs[-1]
    ratios = {"cpu": round(last.cpu_seconds / alone.cpu_seconds, 2)}
    if len(runs) > 1:
        ratios["cores"] = round(last.seconds / runs[0].seconds, 2)
    return {
        "records": records,
        "alone": {
            "seconds": alone.seconds,
            "cpu_seconds": alone.cpu_seconds,
            "peak_bytes": alone.peak_bytes,
        },
        "runs": [
            {**asdict(run), "seconds": run.seconds, "cpu_seconds": run.cpu_seconds} for run in runs
        ],
        "ratios": ratios,
    }


def _run(cores: int, path: Path, rules: Path, folder: Path, one: Path) -> Run:
    many = folder / f"many_{cores}.parquet"
    with spark_server(folder / f"spark_{cores}", cores=cores, memory=_MEMORY) as server:
        meter = _Meter(server.pid, Run(cores))
        resolve_parquet(
            server.url,
            str(path),
            load_rules(rules),
            str(many),
            progress=lambda _, phase: meter.enter(phase),
        )
        run = meter.stop()
    columns = "source, record_id, customer_id, linked_by_rule, linked_to_source, linked_to_record"
    here, there = (f"select {columns} from '{each}'" for each in (one, many / "*.parquet"))
    with duckdb.connect() as connection:
        [(differing,)] = connection.execute(
            f"select count(*) from "
            f"(({here} except all {there}) union all ({there} except all {here}))"
        ).fetchall()
    if differing:
        raise DifferentMapsError(f"{differing:,} rows of the map differ on {cores} cores")
    return run


class _Meter(threading.Thread):
    """Looks at the processes of a server several times a second."""

    def __init__(self, server: int, run: Run) -> None:
        super().__init__(daemon=True)
        self._server, self._run, self._phase = psutil.Process(server), run, "connect"
        self._spent: dict[tuple[int, float], tuple[bool, float]] = {}
        self._ended = threading.Event()
        self._entered = perf_counter()
        self._before = self._cpu()
        self._lock = threading.Lock()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            with self._lock:
                self._look()

    def enter(self, phase: str) -> None:
        """Ends a phase, and begins another."""
        with self._lock:
            self._look()
            now, cpu = perf_counter(), self._cpu()
            used = self._run.phases.setdefault(self._phase, Used())
            used.seconds += now - self._entered
            used.jvm_cpu += cpu[0] - self._before[0]
            used.python_cpu += cpu[1] - self._before[1]
            self._phase, self._entered, self._before = phase, now, cpu

    def stop(self) -> Run:
        """Ends the last phase."""
        self._ended.set()
        self.join()
        self.enter("end")
        return self._run

    def _cpu(self) -> tuple[float, float]:
        jvm = sum(cpu for is_python, cpu in self._spent.values() if not is_python)
        return jvm, sum(cpu for is_python, cpu in self._spent.values() if is_python)

    def _look(self) -> None:
        for process in [self._server, *self._server.children(recursive=True)]:
            # A worker may end between being listed and being looked at.
            try:
                times, memory = process.cpu_times(), process.memory_info().rss
                is_python = "python" in process.name()
                self._spent[process.pid, process.create_time()] = (
                    is_python,
                    times.user + times.system,
                )
            except psutil.NoSuchProcess:
                continue
            if is_python:
                self._run.worker_bytes = max(self._run.worker_bytes, memory)
            else:
                self._run.jvm_bytes = max(self._run.jvm_bytes, memory)


def describe(found: Mapping[str, Any]) -> str:
    """A table of the phases."""
    alone = found["alone"]
    lines = [
        "",
        f"{found['records']:,} records, equal maps. The engine alone: {alone['seconds']:.1f} s, "
        f"{alone['cpu_seconds']:.1f} CPU s, {alone['peak_bytes'] / 2**20:,.0f} MB",
    ]
    for run in found["runs"]:
        lines.append(
            f"  Spark on {run['cores']} cores: {run['seconds']:.1f} s, {run['cpu_seconds']:.1f} "
            f"CPU s; largest worker {run['worker_bytes'] / 2**20:,.0f} MB, "
            f"server {run['jvm_bytes'] / 2**20:,.0f} MB"
        )
        for name, used in run["phases"].items():
            lines.append(
                f"    {name:<12}{used['seconds']:>8.1f} s{used['jvm_cpu']:>8.1f} JVM CPU s"
                f"{used['python_cpu']:>8.1f} Python CPU s"
            )
    ratios = found["ratios"]
    lines.append(
        f"  CPU {ratios['cpu']:.2f} times that of the engine alone (target: at most 6)"
        + (
            f"; the most cores take {ratios['cores']:.2f} of the time of the fewest "
            "(target for twice as many: at most 0.6)"
            if "cores" in ratios
            else ""
        )
    )
    return "\n".join(lines)
