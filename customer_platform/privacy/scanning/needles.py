"""The values that are looked for, made ready for one pass over any bytes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from customer_platform.privacy.scanning.forms import Form
from customer_platform.privacy.scanning.kernel import cell_words, find_patterns, find_words
from customer_platform.privacy.scanning.keyed import ALIKE, FORMS, SAME, Key, Rows
from customer_platform.privacy.scanning.siphash import Bytes, Words
from customer_platform.privacy.scanning.sought import Sought

# Of a file without end, so many hits are looked at in one go.
_AT_ONCE = 4096
# The share of windows that pass the filter by chance is one in so many.
_FILTER_BITS_PER_PATTERN = 5
_WORD_BITS = 16


@dataclass(frozen=True, slots=True)
class Hit:
    """A value in some bytes.

    Attributes:
        value: Its index.
        form: How it is written.
        start: Where it begins.
        end: Where it ends.
    """

    value: int
    form: Form
    start: int
    end: int


class Whole:
    """Values that are looked up as whole ones, among cells that are one word each.

    Args:
        rows: Their hashes.
        key: What these were made with.
    """

    def __init__(self, rows: Rows, key: Key) -> None:
        self._key, self._shift = key, np.uint64(64 - _WORD_BITS)
        self._values: dict[int, list[int]] = {}
        for tag, value in rows.tolist():
            self._values.setdefault(tag, []).append(value)
        self._present = np.zeros(1 << _WORD_BITS, dtype=np.uint8)
        self._present[rows["tag"] >> self._shift] = 1

    def __bool__(self) -> bool:
        return bool(self._values)

    def among(self, words: Words) -> set[int]:
        """Indices of the values that are among cells."""
        maybe = find_words(words, *self._key, self._shift, self._present)
        tags = {*maybe.tolist()} & self._values.keys()
        return {index for tag in tags for index in self._values[tag]}

    def among_cells(self, data: Any, offsets: "np.typing.NDArray[Any]") -> set[int]:
        """Indices of the values that are among cells, which lie one behind the other.

        Args:
            data: Their bytes, in small letters.
            offsets: Where each begins, and where the last one ends.
        """
        content = np.frombuffer(data, dtype=np.uint8)
        return self.among(cell_words(content, offsets.astype(np.int64)))


class Needles:
    """Values that are looked for.

    Args:
        sought: The values.

    Attributes:
        short: Those that are too short to be found in bytes other than by chance.
        numbers: Those that a column of numbers may hold, as 64 bits.
        dates: Those that a column of days may hold, as days from 1970 in 64 bits.
        longest: Bytes of the longest form.
    """

    def __init__(self, sought: Sought) -> None:
        self._keys = sought.keys
        self.short, self.numbers, self.dates = (
            Whole(getattr(sought, name), sought.keys.words[name])
            for name in ("short", "numbers", "dates")
        )
        # Several values may have a form in common: it is looked for once.
        self._written = rows = sought.patterns
        is_new = np.ones(len(rows), dtype=bool)
        if len(rows):
            is_new[1:] = np.logical_or.reduce([rows[each][1:] != rows[each][:-1] for each in SAME])
        self._first = np.flatnonzero(is_new)
        self._until = np.append(self._first[1:], len(rows))
        self._lengths = np.ascontiguousarray(rows["length"][self._first])
        self.longest = int(self._lengths.max(initial=1))
        self._index(rows[self._first])

    def none_found(self) -> Bytes:
        """What `search` remembers of what it has found in one place."""
        return np.zeros(len(self._first), dtype=np.uint8)

    def search(
        self, data: Any, seen: Bytes, fits: Callable[[int, int], bool] = lambda start, end: True
    ) -> Iterator[Hit]:
        """Finds values in bytes; what has been seen isn't found again.

        Args:
            data: Anything that has bytes.
            seen: What `none_found` gave, for all bytes of one place.
            fits: Whether a value may begin and end at two positions.
        """
        content = np.frombuffer(data, dtype=np.uint8)
        content.flags.writeable = False
        found = np.empty(_AT_ONCE + self._chain, dtype=np.int32)
        places = np.empty(_AT_ONCE + self._chain, dtype=np.int64)
        position = 0
        while len(self._first) and position < len(content):
            count, position = find_patterns(content, position, seen, found, places, *self._tables)
            for which, start in zip(found[:count].tolist(), places[:count].tolist(), strict=True):
                end = start + int(self._lengths[which])
                if seen[which] or not fits(start, end):
                    continue
                for value, form in self._confirmed(which, content[start:end].tobytes()):
                    seen[which] = 1
                    yield Hit(value, form, start, end)

    def _confirmed(self, which: int, there: bytes) -> Iterator[tuple[int, Form]]:
        """The values that bytes are, of those that have a form in common."""
        digests = {}
        for row in self._written[self._first[which] : self._until[which]]:
            alike = ALIKE[row["alike"]]
            if alike not in digests:
                digests[alike] = self._keys.confirming(there, alike)
            if row["digest"].tobytes() == digests[alike]:
                yield int(row["value"]), FORMS[row["form"]]

    def _index(self, rows: Rows) -> None:
        count = len(rows)
        head_bits = max(count.bit_length() + 1, 8)
        filter_bits = max(count.bit_length() + _FILTER_BITS_PER_PATTERN, 16)
        tags = rows["tag"]
        in_head = np.bincount(tags >> np.uint64(64 - head_bits), minlength=1 << head_bits)
        heads = np.concatenate([[0], np.cumsum(in_head)]).astype(np.int32)
        present = np.zeros(1 << filter_bits, dtype=np.uint8)
        present[tags >> np.uint64(64 - filter_bits)] = 1
        self._chain = int(in_head.max())
        self._tables: tuple[Any, ...] = (
            self._chain, filter_bits, np.packbits(present, bitorder="little"), head_bits, heads,
            rows, self._keys.window, self._keys.whole,
        )  # fmt: skip
