"""Changes of files: planned as a whole, then made, all of them or none."""

import difflib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """What becomes of a file.

    Attributes:
        path: The file.
        before: Its content, None when it is not there.
        after: Its content afterwards; the same as before where it stays as it is, None where it
            is taken away.
        difference: Where the file says something else than was proposed, and is kept: in what.
    """

    path: Path
    before: str | None
    after: str | None
    difference: str = ""

    @property
    def is_change(self) -> bool:
        """Whether anything is written."""
        return self.before != self.after


def file_difference(present: str, proposed: str) -> str:
    """What a file says against what was proposed, as a unified diff."""
    lines = difflib.unified_diff(
        present.splitlines(), proposed.splitlines(), "as it is", "as proposed", n=1, lineterm=""
    )
    return "\n".join(lines)


def make_changes(changes: Sequence[Change]) -> None:
    """Make all changes; where one fails, those made before it are undone.

    A folder that is left empty goes with its last file.

    Raises:
        OSError: A file can't be written.
    """
    made: list[Change] = []
    folders: list[Path] = []
    try:
        for change in changes:
            if change.is_change:
                folders += _make_folder(change.path.parent)
                _put(change.path, change.after)
                made.append(change)
    except BaseException:
        for change in reversed(made):
            _put(change.path, change.before)
        for folder in reversed(folders):
            folder.rmdir()
        raise
    for change in made:
        if change.after is None:
            _remove_if_empty(change.path.parent)


def _make_folder(folder: Path) -> list[Path]:
    """Make a folder and those above it; which ones were made, the topmost first."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing[::-1]


def _remove_if_empty(folder: Path) -> None:
    """Remove a folder that holds nothing but what Python keeps compiled."""
    if folder.exists() and all(each.name == "__pycache__" for each in folder.iterdir()):
        shutil.rmtree(folder)


def _put(path: Path, content: str | None) -> None:
    """Write a file, or take it away."""
    if content is None:
        path.unlink()
    else:
        _write(path, content)


def _write(path: Path, content: str) -> None:
    half = path.with_name(f".{path.name}.half")
    try:
        half.write_text(content)
        os.replace(half, path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise
