"""A new file in the place of an old one, in one step."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from customer_platform.errors import PrivacyError

# Nobody takes it for a delivery: its name begins with a dot.
_PREFIX = ".rewritten-"


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """The path of a temporary file beside another, removed in the end unless it was moved.

    What an earlier process has left there is removed, too. The name ends as the other does, which
    says how it is compressed.
    """
    remove_leftovers(path)
    made = path.with_name(f"{_PREFIX}{secrets.token_hex(4)}-{path.name}")
    try:
        yield made
    finally:
        made.unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Removes what a killed process has left beside a file, which need not be there any more."""
    for left in path.parent.glob(f"{_PREFIX}*"):
        if left.name.partition("-")[2].partition("-")[2] == path.name:
            left.unlink(missing_ok=True)


def like(made: Path, path: Path) -> None:
    """Gives a new file the owner, mode and times of the one that it replaces, and syncs it.

    The time of the last change stays, as it says when the source delivered.
    """
    status = path.stat()
    with suppress(PermissionError):
        os.chown(made, status.st_uid, status.st_gid)
    shutil.copymode(path, made)
    with open(made, "rb") as stream:
        os.fsync(stream.fileno())
    os.utime(made, ns=(status.st_atime_ns, status.st_mtime_ns))


def put_in_place(made: Path, path: Path) -> None:
    """Replaces a file, and has the change survive a loss of power."""
    os.replace(made, path)
    descriptor = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def real_file(path: Path) -> Path:
    """The file that a path leads to.

    Raises:
        PrivacyError: It has another name, which would keep what is to be left out.
    """
    real = path.resolve(strict=True)
    if real.stat().st_nlink > 1:
        raise PrivacyError(
            f"{path}: has another name (a hard link), under which all of it would stay; remove "
            "that one, or make it a copy"
        )
    return real
