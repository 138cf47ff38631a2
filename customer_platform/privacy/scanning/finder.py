"""What is looked for below one folder, and what has been found there."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import numpy as np

from customer_platform.privacy.scanning.forms import Form
from customer_platform.privacy.scanning.kernel import Bytes
from customer_platform.privacy.scanning.needles import Needles

BLOCK = 8 << 20

IN_USE = "in use, locked by a process"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, or what could not be read.

    Attributes:
        path: The file, relative to the folder, with forward slashes.
        where: Where in the file: `byte 1,024`, `column email`, `raw.crm__customers.email`,
            `member a.csv, byte 7`; of what could not be read, why.
        form: How the value is written; `unread` where that isn't known.
        value: Its index among the values, None where the file could not be read.
    """

    path: str
    where: str
    form: Form | Literal["unread"]
    value: int | None

    @property
    def is_in_use(self) -> bool:
        """Whether it could not be read as a process holds it, a run for instance."""
        return self.form == "unread" and self.where.endswith(IN_USE)


@dataclass
class Finder:
    """Finds values in the pieces of one file.

    A piece is a stream of bytes, or a column: of each value and form its first place is kept.

    Attributes:
        needles: The values.
        path: The file, relative to the folder that is scanned.
    """

    needles: Needles
    path: str
    # In their order, and each once; a list would be searched for each of thousands.
    _places: dict[Place, None] = field(default_factory=dict)

    @property
    def places(self) -> list[Place]:
        """What has been found, in the order of finding it."""
        return list(self._places)

    def add(self, where: str, form: Form, value: int) -> None:
        """Keeps a place."""
        self._places[Place(self.path, where, form, value)] = None

    def unread(self, why: str) -> None:
        """Keeps that something could not be read."""
        self._places[Place(self.path, f"could not be read: {why}", "unread", None)] = None

    def stream(self, stream: BinaryIO, within: str = "") -> None:
        """Looks through a stream, block by block.

        Args:
            stream: The stream.
            within: What to write before the position: `member a.csv, `.
        """
        seen = self.needles.none_found()
        known: set[tuple[int, Form]] = set()
        kept, offset = b"", 0
        while block := stream.read(BLOCK):
            content = kept + block
            for hit in self.needles.search(content, seen):
                if (hit.value, hit.form) not in known:
                    known.add((hit.value, hit.form))
                    self.add(f"{within}byte {offset + hit.start:,}", hit.form, hit.value)
            # A value may begin in one block and end in the next one.
            kept = content[max(len(content) - self.needles.longest + 1, 0) :]
            offset += len(content) - len(kept)


class Column:
    """A column that comes in pieces, whose values are looked at each by itself.

    Args:
        finder: What is looked for.
        where: What to call the column.

    Attributes:
        needles: The values.
    """

    def __init__(self, finder: Finder, where: str) -> None:
        self._finder, self._where = finder, where
        self.needles = finder.needles
        self._seen: Bytes = finder.needles.none_found()

    def texts(self, data: Any, offsets: "np.typing.NDArray[Any]") -> None:
        """Looks through values that lie one behind the other.

        Args:
            data: Their bytes.
            offsets: Where each begins, and where the last one ends.
        """

        def fits(start: int, end: int) -> bool:
            following = np.searchsorted(offsets, start, side="right")
            return bool(end <= offsets[following])

        for hit in self._finder.needles.search(data, self._seen, fits):
            self._finder.add(self._where, hit.form, hit.value)

    def whole(self, values: Iterable[int]) -> None:
        """Keeps values that whole cells are."""
        for index in sorted(values):
            self._finder.add(self._where, "plain", index)
