"""Replaces files, links and folders as a whole: whoever is killed leaves the old or the new one."""

import ctypes
import os
from pathlib import Path

# What is being written lies there until it is put in its place.
BEING_WRITTEN = ".*.new"

# Linux: paths as from the working directory, and what has two paths change places.
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def write_whole(path: Path, text: str, folder: Path | None = None) -> None:
    """Writes a file.

    Args:
        path: The file, which may be there already.
        text: What is in it.
        folder: Where it is written at first, in the same file system; that of the file by default.
    """
    new = _new(path, folder)
    new.write_text(text, "utf-8")
    os.replace(new, path)


def replace_link(link: Path, target: str) -> None:
    """Makes a link, or has it lead elsewhere."""
    new = _new(link)
    new.unlink(missing_ok=True)
    new.symlink_to(target)
    os.replace(new, link)


def replace_folder(folder: Path, target: str, old: Path) -> None:
    """Puts a link in the place of a folder.

    Where the system can't exchange the two in one step, there is neither for an instant: a folder
    can't be replaced by a link, so it has to be moved away before.

    Args:
        folder: The folder.
        target: Where the link leads.
        old: What the folder is called afterwards; a link there is replaced.
    """
    old.unlink(missing_ok=True)
    old.symlink_to(target)
    if not _exchange(old, folder):
        old.unlink()
        folder.rename(old)
        replace_link(folder, target)


def _exchange(one: Path, other: Path) -> bool:
    """Has two paths change places in one step; whether the system can."""
    exchange = getattr(ctypes.CDLL(None), "renameat2", None)
    if exchange is None:
        return False
    paths = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
    return bool(exchange(*paths, _RENAME_EXCHANGE) == 0)


def _new(path: Path, folder: Path | None = None) -> Path:
    return (folder or path.parent) / f".{path.name}.new"
