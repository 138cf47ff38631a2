"""The versions of a project that a home has: which is in force, and what has happened to it.

    home/versions/
        3/                  a version: tables, what is published, the project
            version.json      what it is of; a folder without it is unfinished
            project/          the project's choices, as they were released
            warehouse.duckdb  published/  published_masked/  dbt/target/
        current -> 3        the version in force
        journal.jsonl       who has put which version in force, when, by which plan
        plans/, approvals.jsonl
    home/published -> versions/current/published

A version is put in force by replacing one link, so that whoever is killed leaves the version of
before or that of after.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from customer_platform import json_lines
from customer_platform.environment import CURRENT, OWNER, VERSIONS
from customer_platform.errors import BusyError, VersionError
from customer_platform.whole_files import BEING_WRITTEN, replace_link, write_whole

APPLY, ROLL_BACK = "apply", "roll back"

_ABOUT = "version.json"
_ERASED = "erased_at"


@dataclass(frozen=True)
class Version:
    """A version of the project, with the tables that it has built.

    Attributes:
        number: Its number, from 1.
        fingerprint: Of the project's files.
        created_at: When it was built, UTC, ISO.
        created_by: By whom.
        approved_by: Who has approved its plan; None where nobody has.
        plan: The plan that it was built by; None of the first.
        base: The version that it was built from; None of the first.
        commit: Of the project in git; None outside of git.
        software: The version of customer-platform that built it.
        days: The first and last day that were built for it, ISO; None of the first.
        decisions: By seed of stewards' decisions, the hashes of those that the project came with.
    """

    number: int
    fingerprint: str
    created_at: str
    created_by: str
    approved_by: str | None
    plan: str | None
    base: int | None
    commit: str | None
    software: str
    days: tuple[str, str] | None
    decisions: dict[str, list[str]]


@dataclass(frozen=True)
class Swap:
    """That a version was put in force.

    Attributes:
        action: `apply` or `roll back`.
        version: The version.
        before: The version of before; None of the first.
        at: When, UTC, ISO.
        by: By whom.
        plan: By which plan, where it was applied.
    """

    action: str
    version: int
    before: int | None
    at: str
    by: str
    plan: str | None = None


class Versions:
    """The versions of one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.folder = home / VERSIONS
        # Descriptors of the lock, while it is held `alone`.
        self.held: tuple[int, ...] = ()

    @property
    def current(self) -> int | None:
        """The number of the version in force; None where there are no versions."""
        link = self.folder / CURRENT
        return int(link.readlink().name) if link.is_symlink() else None

    def place(self, number: int) -> Path:
        """The folder of a version."""
        return self.folder / str(number)

    def all(self) -> list[Version]:
        """The versions that are there, whole, the newest last."""
        if not self.folder.is_dir():
            return []
        return [self._read(number) for number in self._numbers() if self._is_whole(number)]

    def _numbers(self) -> list[int]:
        return sorted(int(path.name) for path in self.folder.iterdir() if path.name.isdigit())

    def _is_whole(self, number: int) -> bool:
        return (self.place(number) / _ABOUT).exists()

    def read(self, number: int) -> Version:
        """A version.

        Raises:
            VersionError: There is none of that number, or it is gone.
        """
        there = {version.number: version for version in self.all()}
        if number in there:
            return there[number]
        known = ", ".join(map(str, there)) or "none"
        if any(swap.version == number for swap in self.journal()):
            raise VersionError(
                f"version {number} is gone: versions are kept for `keep_versions_days`, and until "
                f"somebody is erased. Those there are: {known}"
            )
        raise VersionError(f"{self.home} has no version {number}. Those there are: {known}")

    def _read(self, number: int) -> Version:
        stated: dict[str, Any] = json.loads((self.place(number) / _ABOUT).read_text("utf-8"))
        found = {field.name: stated[field.name] for field in fields(Version)}
        return Version(**{**found, "days": tuple(found["days"]) if found["days"] else None})

    def journal(self) -> list[Swap]:
        """All that was put in force, in order.

        The last line is written before its version is put in force: it counts once it is.
        """
        swaps = [Swap(**json.loads(line)) for line in json_lines.read_lines(self._journal)]
        in_force: list[Swap] = []
        for swap in swaps:
            # One that was cut off is followed by another from where it began.
            while in_force and in_force[-1].version != swap.before:
                in_force.pop()
            in_force.append(swap)
        while in_force and in_force[-1].version != self.current:
            in_force.pop()
        return in_force

    @property
    def _journal(self) -> Path:
        return self.folder / "journal.jsonl"

    @contextmanager
    def alone(self, by: str) -> Iterator[None]:
        """Lets nobody else apply or roll back inside the with block.

        A process that is given what is `held` keeps the lock for as long as it lives, also when
        this one is killed.

        Raises:
            BusyError: Somebody else does.
            VersionError: The home can't be written to.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise VersionError(
                f"{self.folder} can't be written to ({error.strerror}): versions are applied and "
                "rolled back by the user whose home it is"
            ) from error
        with os.fdopen(descriptor, "r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BusyError(
                    f"somebody is applying or rolling back here already: {file.read().strip()}. "
                    "Try again when that has ended"
                ) from error
            file.truncate(0)
            file.write(f"{by}, since {_now()} (UTC), process {os.getpid()}")
            file.flush()
            self.held = (descriptor,)
            try:
                yield
            finally:
                self.held = ()

    @contextmanager
    def building(self) -> Iterator[int]:
        """The number of a new version, whose folder is there inside the with block.

        It becomes a version by `finish`; otherwise nothing of it stays. Call it `alone`.
        """
        self.remove_unfinished()
        number = 1 + max(
            [swap.version for swap in map(_swap, json_lines.read_lines(self._journal))]
            + [version.number for version in self.all()],
            default=0,
        )
        place = self.place(number)
        place.mkdir()
        try:
            yield number
        finally:
            if not self._is_whole(number):
                shutil.rmtree(place)

    def finish(self, version: Version) -> None:
        """Makes what was built a version."""
        about = json.dumps(asdict(version), indent=1)
        write_whole(self.place(version.number) / _ABOUT, about)

    def remove_unfinished(self) -> None:
        """Removes what somebody who was killed has left. Call it `alone`."""
        for number in self._numbers():
            if not self._is_whole(number):
                shutil.rmtree(self.place(number))
        for left in self.folder.glob(f"[0-9]*/{BEING_WRITTEN}"):
            left.unlink()

    def claim(self, environment: str) -> None:
        """Writes down whose home it is: each environment has approvers of its own."""
        write_whole(self.folder / OWNER, f"{environment}\n")

    def put_in_force(self, swap: Swap) -> None:
        """Puts a version in force, in one step.

        Call it `alone`, and while there is `no_run`.
        """
        json_lines.add_lines(self._journal, [asdict(swap)])
        replace_link(self.folder / CURRENT, str(swap.version))

    def remove_outdated(self, keep_days: int) -> list[int]:
        """Removes the versions that were last in force too long ago to be rolled back to.

        The version in force stays, and that of before it. Call it `alone`.

        Returns:
            Their numbers.
        """
        oldest = (datetime.now(UTC) - timedelta(days=keep_days)).isoformat()
        left: dict[int, str] = {}
        journal = self.journal()
        for swap in journal:
            if swap.before is not None:
                left[swap.before] = swap.at
        kept = {self.current, journal[-1].before if journal else None}
        return self.remove(
            version.number
            for version in self.all()
            if version.number not in kept and left.get(version.number, version.created_at) < oldest
        )

    def forget_others(self) -> None:
        """Removes all versions but that in force, as they hold somebody who was erased from it."""
        # Also where there are none yet: homes that read this one begin anew.
        self.folder.mkdir(exist_ok=True)
        write_whole(self.folder / _ERASED, datetime.now(UTC).replace(tzinfo=None).isoformat())
        self.remove(version.number for version in self.all() if version.number != self.current)
        # One that somebody is building stays: it is refused when it is to be put in force.
        with suppress(BusyError), self.alone("an erasure"):
            self.remove_unfinished()

    @property
    def erased_at(self) -> str:
        """When somebody was last erased from the version in force, UTC, ISO; empty if never."""
        path = self.folder / _ERASED
        return path.read_text() if path.exists() else ""

    def remove(self, numbers: Iterable[int]) -> list[int]:
        """Removes versions that aren't in force; returns their numbers."""
        removed = list(numbers)
        for number in removed:
            # First: whoever is killed amid it leaves no version that is half there.
            (self.place(number) / _ABOUT).unlink()
            shutil.rmtree(self.place(number))
        return removed


def _swap(line: str) -> Swap:
    return Swap(**json.loads(line))


def _now() -> str:
    return datetime.now(UTC).replace(microsecond=0, tzinfo=None).isoformat(" ")
