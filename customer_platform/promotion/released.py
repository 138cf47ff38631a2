"""The project of a version: its choices, as files, and how they differ from those of another."""

import csv
import hashlib
import io
import json
import shutil
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from customer_platform.declarations import Declarations, declarations_of, read_declarations
from customer_platform.deployed_identity import overrides_seed
from customer_platform.environment import Environment
from customer_platform.environments import FILE as ENVIRONMENTS
from customer_platform.errors import PlanError
from customer_platform.new_project import project_files
from customer_platform.project import PACKAGE, Project, read_project
from customer_platform.whole_files import write_whole

# What dbt, Python and Dagster leave in a project.
_LEFT_BEHIND = ("target", "logs", "engine", ".user.yml", "__pycache__", ".dg")
# What changes neither tables nor who may approve what.
_UNTOLD = ("workspace.yaml", "README.md", ".gitignore")

# In a version's folder: hashes of the decisions that it had when it was put in force, and of those
# that others were to get from it.
_HELD = "held_decisions.json"


@dataclass(frozen=True)
class ChangedFile:
    """A file of the project that differs.

    Attributes:
        path: In the project.
        change: `added`, `changed` or `removed`.
    """

    path: str
    change: str


def release_project(project: Project, business_model: str, target: Path) -> None:
    """Writes the choices of a project to a folder, as a project of their own.

    Args:
        project: The project.
        business_model: The business model; others stay behind.
        target: The folder, which isn't there yet.
    """
    if project.defs.is_relative_to(PACKAGE):
        # The checkout of the software itself: its companies become projects as for anybody else.
        for path, content in project_files("released", business_model).items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(content)
    else:
        target.mkdir(parents=True)
        shutil.copyfile(project.root / "pyproject.toml", target / "pyproject.toml")
        left_out = shutil.ignore_patterns(*_LEFT_BEHIND)
        for folder in (project.defs, project.dbt):
            shutil.copytree(folder, target / folder.relative_to(project.root), ignore=left_out)
    if (project.root / ENVIRONMENTS).is_file():
        shutil.copyfile(project.root / ENVIRONMENTS, target / ENVIRONMENTS)


def read_released(root: Path, business_model: str) -> Declarations:
    """What a released project declares.

    Args:
        root: The folder of the released project.
        business_model: The business model.

    Raises:
        PlanError: It is none.
    """
    project = read_project(root)
    if project is None:
        raise PlanError(f"{root} holds no released project")
    return read_declarations(project, business_model)


def fingerprint(root: Path, decisions: Mapping[str, object]) -> str:
    """What tells the choices of released projects apart.

    Args:
        root: The folder of the released project.
        decisions: The seeds of stewards' decisions, which are data, and no choices.
    """
    digest = hashlib.sha256()
    for path, content in sorted(_contents(root, decisions).items()):
        digest.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()


def changed_files(
    before: Path, after: Path, decisions: Mapping[str, object]
) -> tuple[ChangedFile, ...]:
    """The files in which two released projects differ, in order."""
    old, new = _contents(before, decisions), _contents(after, decisions)
    return tuple(
        ChangedFile(
            path,
            "removed" if path not in new else "added" if path not in old else "changed",
        )
        for path in sorted({*old, *new})
        if old.get(path) != new.get(path)
    )


def _contents(root: Path, decisions: Mapping[str, object]) -> dict[str, bytes]:
    untold = {*_UNTOLD, *decisions}
    return {
        name: path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
        and not {*path.relative_to(root).parts} & {*_LEFT_BEHIND}
        and (name := path.relative_to(root).as_posix()) not in untold
    }


def read_decisions(environment: Environment) -> dict[str, list[str]]:
    """The records of the seeds in which stewards decide, by their paths in the project.

    Args:
        environment: The deployment.
    """
    return {
        path.relative_to(environment.project.root).as_posix(): records_of(path)
        for path in _seeds(environment)
        if path.is_file()
    }


def carry_decisions(
    root: Path, current: Mapping[str, list[str]], place: Path, now: Mapping[str, list[str]]
) -> None:
    """Adds to a project what stewards have decided in the version in force, or have taken back.

    Args:
        root: The folder of the project.
        current: By seed, the hashes of the records that the version in force was released with.
        place: The folder of the version in force.
        now: By seed, the records that it has now.
    """
    held = json.loads((place / _HELD).read_text("utf-8"))
    for name, records in now.items():
        path = root / name
        own = records_of(path) if path.is_file() else []
        there = merged(own, {*current.get(name, [])}, {*held.get(name, [])}, records)
        if there != own:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Half-written files don't belong in the project, where dbt would read them.
            write_whole(path, "".join(there), root.parent)


def merged(
    own: Sequence[str], released: Collection[str], held: Collection[str], now: Sequence[str]
) -> list[str]:
    """The decisions of a project with those that were made, and taken back, elsewhere.

    Args:
        own: The records of the project.
        released: Hashes of those that the other was released with: the rest was decided there.
        held: Hashes of those that it had when it was put in force, or that others were to get from
            it. What it has no longer of both was taken back there.
        now: The records that it has now.
    """
    gone = {*held, *released} - {*hashed(now)}
    there = [record for record in own if _hash(record) not in gone]
    return there + [each for each in now if _hash(each) not in released and each not in there]


def remember_decisions(place: Path, seeds: Iterable[str]) -> None:
    """Writes down the decisions that a version has as it is put in force, or hands over.

    Args:
        place: The folder of the version.
        seeds: The seeds of decisions, by their paths in the project.
    """
    path = place / _HELD
    held = json.loads(path.read_text("utf-8")) if path.exists() else {}
    for name, hashes in decisions_in(place / "project", seeds).items():
        held[name] = sorted({*held.get(name, []), *hashes})
    write_whole(path, json.dumps(held))


def decisions_in(root: Path, seeds: Iterable[str]) -> dict[str, list[str]]:
    """The hashes of the decisions in a project, by seed.

    Args:
        root: The folder of the project.
        seeds: The seeds, by their paths in it.
    """
    return {name: hashed(records_of(root / name)) for name in seeds if (root / name).is_file()}


def hashed(records: Iterable[str]) -> list[str]:
    """Hashes of records, which say nothing of who was erased."""
    return [_hash(record) for record in records]


def _hash(record: str) -> str:
    return hashlib.sha256(record.encode()).hexdigest()


def records_of(path: Path) -> list[str]:
    """The header and the records of a CSV file, each as it is written; a reason may have lines."""
    records = []
    for row in csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")):
        if row:
            written = io.StringIO()
            csv.writer(written, lineterminator="\n").writerow(row)
            records.append(written.getvalue())
    return records


def git_commit(root: Path) -> str | None:
    """The commit that a project is of, with `+` where files differ from it; None outside of git."""
    try:
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", ".")
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return head + ("+" if changed else "")


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _seeds(environment: Environment) -> Iterator[Path]:
    for entity in declarations_of(environment).entities.values():
        if entity.overrides is not None:
            yield overrides_seed(environment, entity)
