"""Runs a command in a process of its own: its time, and peak memory with all its children."""

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_SECONDS = 0.1


class CommandFailedError(RuntimeError):
    """A measured command has failed."""


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes:
        seconds: Wall time, from its start to its end.
        peak_bytes: Most resident memory of the process and all its children at one moment.
            Pages that several processes share are counted in each.
        cpu_seconds: Processor time of both, which other work on the machine hardly changes.
        output: What it printed.
    """

    seconds: float
    peak_bytes: int
    cpu_seconds: float
    output: str


def measure(
    command: Sequence[str | Path], folder: Path, variables: Mapping[str, str] | None = None
) -> Measured:
    """Runs a command to its end.

    Args:
        command: Program and arguments.
        folder: Working directory.
        variables: Environment variables beside those of this process.

    Raises:
        CommandFailedError: The command has ended with an error; the message has what it printed.
    """
    started, cpu_started = time.perf_counter(), _cpu_seconds_of_children()
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(variables or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        sampler = _Sampler(process.pid)
        output, errors = process.communicate()
        seconds = time.perf_counter() - started
        peak = sampler.stop()
    if process.returncode:
        raise CommandFailedError(
            f"{' '.join(map(str, command))} ended with code {process.returncode}:\n"
            f"{output[-2000:]}{errors[-4000:]}"
        )
    return Measured(seconds, peak, _cpu_seconds_of_children() - cpu_started, output)


def _cpu_seconds_of_children() -> float:
    """Processor time of all processes that this one has started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class _Sampler(threading.Thread):
    """Looks at the memory of a process tree ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._peak = 0
        self.start()

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, _tree_bytes(self._root))

    def stop(self) -> int:
        self._ended.set()
        self.join()
        return self._peak


def _tree_bytes(root: psutil.Process) -> int:
    total = 0
    try:
        processes = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for process in processes:
        # A child may end between being listed and being looked at.
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total
