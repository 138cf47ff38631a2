"""The folder in which a plan is built, and what is left of those of plans that were killed."""

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from customer_platform.environment import Environment
from customer_platform.permissions import close_folder


@contextmanager
def work_folder(environment: Environment) -> Iterator[tuple[Path, Sequence[int]]]:
    """A folder in which a plan is built; it goes with the with block.

    Args:
        environment: The deployment that plans.

    Yields:
        The folder, and descriptors of a lock on it, for the process that builds.
    """
    close_folder(environment.home, environment.umask)
    folder = environment.home / "plans"
    folder.mkdir(exist_ok=True)
    for left in folder.glob("building-*"):
        # It holds everybody's records: whoever was killed there can't remove it.
        if not _is_running(int(left.name.rpartition("-")[2])) and not _is_held(left):
            shutil.rmtree(left)
    work = folder / f"building-{os.getpid()}"
    work.mkdir()
    descriptor = os.open(work, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield work, (descriptor,)
    finally:
        os.close(descriptor)
        shutil.rmtree(work)


def _is_held(folder: Path) -> bool:
    """Whether a build goes on there, also when what has started it was killed."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
