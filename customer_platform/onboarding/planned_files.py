"""Changes to the project's files: planned as a whole, then all of them made, or none."""

import csv
import difflib
import io
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from customer_platform.errors import OnboardingError
from customer_platform.onboarding.yaml_edit import append_item, append_key


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


# Where the YAML of an entity lists who delivers its records.
SOURCES = ("attributes", "sources")


@dataclass(frozen=True)
class NewSource:
    """What is said of a source when it is declared for the first time.

    Attributes:
        name: Its name.
        owner: Who answers for it.
        description: What the system is.
        business_model: The folder of `defs/` that it is declared in.
    """

    name: str
    owner: str
    description: str
    business_model: str


class PlannedFiles:
    """The project's files as they are planned to be, table by table."""

    def __init__(self) -> None:
        self._changes: dict[Path, Change] = {}

    def text(self, path: Path) -> str | None:
        """A file's content as planned, None when it is not there."""
        if path in self._changes:
            return self._changes[path].after
        return path.read_text() if path.exists() else None

    def put(self, path: Path, after: str, difference: str = "") -> None:
        """Plan a file's content."""
        earlier = self._changes.get(path)
        before = earlier.before if earlier else self.text(path)
        differences = [earlier.difference if earlier else "", difference]
        self._changes[path] = Change(path, before, after, "\n".join(filter(None, differences)))

    def put_whole(self, path: Path, content: str) -> None:
        """Plan a file where it is absent; keep it where it says something else."""
        present = self.text(path)
        if present is None or present == content:
            self.put(path, content)
        else:
            self.put(path, present, file_difference(present, content))

    @property
    def changes(self) -> list[Change]:
        """One change a file."""
        return list(self._changes.values())


def listed(files: PlannedFiles, path: Path, keys: Sequence[str], model: str) -> None:
    """Add a view to a list of those that deliver something, once.

    Args:
        files: The project's files as they are planned.
        path: The YAML of an entity, or of the facts.
        keys: Those that lead to the list.
        model: The view.
    """
    text = files.text(path) or ""
    present = value_at(loaded(path, text), keys)
    if present is None and keys[-1] not in (value_at(loaded(path, text), keys[:-1]) or {}):
        text = append_key(text, keys[:-1], [f"{keys[-1]}:", f"  - {model}"], path)
    elif model not in (present or []):
        text = append_item(text, keys, [f"- {model}"], path)
    files.put(path, text)


def value_at(content: Any, keys: Sequence[str]) -> Any:
    """What keys lead to, None where they lead nowhere."""
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def views_before(files: PlannedFiles, path: Path, source: str, model: str) -> list[str]:
    """The views of a source that deliver an entity's records before one of them.

    The order of the list decides, so that the first keeps its IDs when a second comes.

    Args:
        files: The project's files as they are planned.
        path: The YAML of the entity.
        source: The source.
        model: The view that others may stand before.
    """
    found = value_at(loaded(path, files.text(path) or ""), SOURCES) or []
    before = found[: found.index(model)] if model in found else found
    return [str(each) for each in before if str(each).startswith(f"stg_{source}__")]


def precedence(files: PlannedFiles, path: Path, source: str) -> None:
    """Add a source to the seed that says how far sources are trusted, behind the others, once."""
    text = files.text(path) or "source,attribute,precedence\n"
    rows = list(csv.DictReader(io.StringIO(text)))
    if not any(row["source"] == source for row in rows):
        last = max((int(row["precedence"]) for row in rows if row["attribute"] == "*"), default=0)
        text += "" if text.endswith("\n") else "\n"
        text += f"{source},*,{last + 1}\n"
    files.put(path, text)


def loaded(path: Path, text: str) -> dict[str, Any]:
    """The mapping that a YAML file holds.

    Raises:
        OnboardingError: It is no valid YAML, or no mapping.
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise OnboardingError(f"{path}: is no valid YAML: {error}") from error
    if not isinstance(content, dict):
        raise OnboardingError(f"{path}: is no mapping of keys; correct it first")
    return content
