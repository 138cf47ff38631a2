"""What is to be changed in a landed file, and what has been."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from customer_platform.errors import PrivacyError
from customer_platform.ingestion.landing import LandedFile
from customer_platform.json_lines import add_lines, read_lines


@dataclass(frozen=True)
class FileChange:
    """What is to be changed in a file.

    Attributes:
        drop: Rows to leave out, by the `_row_number` that they have in the raw table.
        blank: By `_row_number`, the columns to change and what to write there; None: nothing.
        drop_lines: Rejected rows to leave out, by the `line` that they have in the table of
            rejected rows.
        rows: How many rows the raw table has of the file, None where that isn't known: with
            others it is another file than the one that was loaded.
    """

    drop: Collection[int] = ()
    blank: Mapping[int, Mapping[str, str | None]] = field(default_factory=dict)
    drop_lines: Collection[int] = ()
    rows: int | None = None

    def check(self, file: LandedFile) -> None:
        """Refuses what contradicts itself.

        Raises:
            PrivacyError: A row is named twice.
        """
        named = Counter([*self.drop, *self.blank])
        lines = Counter(self.drop_lines)
        for what, counted in (("row", named), ("line", lines)):
            if twice := sorted(number for number, count in counted.items() if count > 1):
                raise PrivacyError(
                    f"{file.path}: {what} {twice[0]} is named more than once; it can be left out "
                    "or changed, once"
                )


@dataclass(frozen=True)
class RowChange:
    """The same, by the position that rows have among all that a file holds.

    Attributes:
        drop: 1-based positions of accepted rows to leave out.
        blank: 1-based position -> column -> what to write there.
        lines: Lines of rejected rows to leave out.
    """

    drop: Collection[int]
    blank: Mapping[int, Mapping[str, str | None]]
    lines: Collection[int]


@dataclass(frozen=True)
class Rewritten:
    """A file that has been written again.

    Attributes:
        before: The file as it was.
        after: The file as it is now.
        dropped: Accepted rows that were left out.
        changed: Rows in which columns were changed.
        lines: Rejected rows that were left out.
        admitted: Rows that were rejected and are accepted from now on, as the row is gone that
            had the same primary key.
    """

    before: LandedFile
    after: LandedFile
    dropped: int
    changed: int
    lines: int
    admitted: int = 0


def as_delivered(
    files: Iterable[LandedFile], rewritten: Iterable[tuple[LandedFile, LandedFile]]
) -> list[LandedFile]:
    """Files as their source delivered them, so that a rewritten one is no new delivery.

    Where a source delivers a file again after it was rewritten, it is what it is.

    Args:
        files: The files that are there.
        rewritten: Of every rewritten file what it was and what it became, the first one first.
    """
    known: dict[tuple[str, int, int], LandedFile] = {}
    for before, after in rewritten:
        # It may have been rewritten before.
        known[_state(after)] = known.get(_state(before), before)
    return [
        replace(file, size=found.size, mtime_ns=found.mtime_ns)
        if (found := known.get(_state(file)))
        else file
        for file in files
    ]


def note_rewritten(path: Path, rewritten: Iterable[Rewritten]) -> None:
    """Notes what files become, so that nobody takes them for new deliveries.

    Args:
        path: The file of notes, which is only ever added to.
        rewritten: What is about to be replaced.
    """
    add_lines(
        path,
        [
            [{**asdict(state), "path": None} for state in (each.before, each.after)]
            for each in rewritten
        ],
    )


def read_rewritten(path: Path, landing: Path) -> list[tuple[LandedFile, LandedFile]]:
    """What files were and became, as `as_delivered` takes it.

    Args:
        path: The file of notes; there need be none.
        landing: The landing zone.
    """
    return [
        (_file(landing, before), _file(landing, after))
        for before, after in map(json.loads, read_lines(path))
    ]


def _file(landing: Path, state: Mapping[str, Any]) -> LandedFile:
    return LandedFile(**{**state, "path": landing / state["relative"]})


def _state(file: LandedFile) -> tuple[str, int, int]:
    return file.relative, file.size, file.mtime_ns
