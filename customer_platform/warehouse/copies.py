"""Copies a warehouse, as a file, without a lock on it."""

import fcntl
import shutil
import time
from pathlib import Path

from customer_platform.errors import BusyError
from customer_platform.run_lock import is_idle, wait_for

# Linux: have the copy share the blocks of the file, where the file system can.
_FICLONE = 0x40049409

# DuckDB's headers. One of them is written anew at every checkpoint; until then no block that the
# last one refers to is written to.
_HEADERS = 3 * 4096

_TRY_AGAIN_AFTER = 1.0
_ATTEMPTS = 5


def copy_file(source: Path, target: Path) -> None:
    """Copies a file; without its bytes, where the file system shares them."""
    with source.open("rb") as read, target.open("wb") as written:
        try:
            fcntl.ioctl(written, _FICLONE, read.fileno())
            return
        except OSError:
            pass
    shutil.copyfile(source, target)


def copy_warehouse(home: Path, source: Path, target: Path, wait: float) -> None:
    """Copies a warehouse as it is after a run, without a lock on it.

    Args:
        home: The home that it is of.
        source: The warehouse.
        target: The copy.
        wait: For how many seconds to wait for a run that is in progress, each time there is one.

    Raises:
        BusyError: Runs are in progress all the time.
    """
    for _ in range(_ATTEMPTS):
        wait_for(lambda: is_idle(home), home, wait)
        before = state(source)
        copy_file(source, target)
        # A run that has begun meanwhile may have written over blocks before they were copied.
        if before[1] == 0 and state(source) == before:
            return
        time.sleep(_TRY_AGAIN_AFTER)
    raise BusyError(
        f"{source} is written to all the time, without a run that says so: close what has it open"
    )


def state(warehouse: Path) -> tuple[bytes, int]:
    """The headers of a warehouse, and the size of what has been committed since a checkpoint.

    It is another one once anything has been written.

    Args:
        warehouse: The file.
    """
    log = warehouse.with_name(f"{warehouse.name}.wal")
    with warehouse.open("rb") as file:
        headers = file.read(_HEADERS)
    return headers, log.stat().st_size if log.exists() else 0
