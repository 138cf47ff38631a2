"""Files of JSON documents, a line each, that are only ever added to, by whoever comes.

Whoever is killed while adding leaves a part of a line at most. It says nothing: nobody has acted on
it, and the next who adds removes it.
"""

import fcntl
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def add_lines(path: Path, documents: Iterable[Any]) -> None:
    """Adds documents to a file, and has them survive a loss of power.

    Args:
        path: The file, which is made if it isn't there, readable by its owner alone.
        documents: What to add, a line each.
    """
    added = "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in documents)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        whole = b"".join(_whole_lines(file.readlines()))
        file.truncate(len(whole))
        file.seek(0, os.SEEK_END)
        # Somebody's editor may have left out the end of the last line.
        end = "\n" if whole and not whole.endswith(b"\n") else ""
        file.write((end + added).encode())
        file.flush()
        os.fsync(file.fileno())


def read_lines(path: Path) -> list[str]:
    """The lines of a file, each a whole document unless somebody has changed the file.

    Args:
        path: The file; there need be none.
    """
    if not path.exists():
        return []
    with path.open("rb") as file:
        # Not amid what somebody else is adding.
        fcntl.flock(file, fcntl.LOCK_SH)
        return [line.decode() for line in _whole_lines(file.readlines())]


def _whole_lines(lines: list[bytes]) -> list[bytes]:
    """The lines without the last one, where that is a part of a document."""
    if not lines or lines[-1].endswith(b"\n"):
        return lines
    try:
        json.loads(lines[-1])
    except ValueError:
        return lines[:-1]
    return lines
