"""Kills a process right before it changes a file or folder for the nth time, or amid writing it."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from customer_platform_tests.support.cut_off import in_a_child

_CHANGES = {
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.symlink",
    "os.truncate",
}
# Looked up between making a link and having it change places with a folder.
_EXCHANGE = "renameat2"
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def killed_at(step: int, work: Callable[[Path], object], folder: Path) -> bool:
    """Does something in a process of its own, which is killed at one of its steps.

    Args:
        step: Which, from 1.
        work: What it does: a function of a module.
        folder: What that is given. Changes elsewhere are no steps.

    Returns:
        Whether it was killed: it wasn't when it has fewer steps.
    """
    return in_a_child(_die, (step, work, folder), 120)


def _die(step: int, work: Callable[[Path], object], folder: Path) -> None:
    count = 0

    def before(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if not _is_step(event, arguments, folder):
            return
        count += 1
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)
        if event == "open" and "w" in (arguments[1] or ""):
            count += 1
            if count == step:
                Path(arguments[0]).write_bytes(b"{")
                os.kill(os.getpid(), signal.SIGKILL)

    # The interpreter calls it before it does what an event is about.
    sys.addaudithook(before)
    work(folder)


def _is_step(event: str, arguments: tuple[Any, ...], folder: Path) -> bool:
    if event == "ctypes.dlsym":
        return arguments[1] == _EXCHANGE
    if event == "open":
        path, _, flags = arguments
        return bool(flags & _WRITES) and _is_in(path, folder)
    return event in _CHANGES and any(_is_in(each, folder) for each in arguments)


def _is_in(path: object, folder: Path) -> bool:
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    named = Path(os.fsdecode(path))
    # What is removed with its folder is named as it is called there.
    return named.is_relative_to(folder) or not named.is_absolute()
