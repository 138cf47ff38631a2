"""Says that runs are in progress in a home, so that no version is put in force beneath them.

Every run holds a lock together with other runs; the kernel lets go of it when the process ends,
however it ends.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from customer_platform.errors import BusyError

_FILE = "runs.lock"
_COMMANDS = "commands.lock"
_ASK_EVERY = 0.2


@contextmanager
def running(home: Path) -> Iterator[None]:
    """Says inside the with block that a run is in progress; waits while a version is swapped.

    Args:
        home: The home of the run.
    """
    descriptor = os.open(home / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def no_run(home: Path, wait: float = 0) -> Iterator[None]:
    """Lets no run begin inside the with block.

    Args:
        home: The home.
        wait: For how many seconds to wait for runs that are in progress.

    Raises:
        BusyError: A run is in progress still.
    """
    descriptor = os.open(home / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        wait_for(lambda: _is_taken(descriptor), home, wait)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def in_turn(home: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Has commands that run everything in a home run one after the other.

    Args:
        home: The home, which is made where there is none.
        say: Is told that this one waits.
    """
    home.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home / _COMMANDS, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"Waiting for another `customer-platform run` in {home} to end ...")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def wait_for(condition: Callable[[], bool], home: Path, wait: float) -> None:
    """Waits until a condition holds, which it does once no run is in progress.

    Args:
        condition: Is asked every fifth of a second.
        home: The home.
        wait: For how many seconds to wait.

    Raises:
        BusyError: It doesn't hold still.
    """
    until = time.monotonic() + wait
    while not condition():
        if time.monotonic() >= until:
            raise BusyError(
                f"a run is in progress in {home}: wait until it has ended, or terminate it in "
                "the Dagster UI, and try again"
            )
        time.sleep(_ASK_EVERY)


def is_idle(home: Path) -> bool:
    """Whether no run is in progress; asks without holding anything.

    Args:
        home: The home, which needn't be writable.
    """
    path = home / _FILE
    if not path.exists():
        return True
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return _is_taken(descriptor)
    finally:
        os.close(descriptor)


def _is_taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
