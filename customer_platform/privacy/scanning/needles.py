"""The values that are looked for, made ready for one pass over any bytes."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from customer_platform.privacy.scanning.forms import Form, Written, forms
from customer_platform.privacy.scanning.kernel import WINDOW, Bytes, find_patterns, window_hash

# Of a file without end, so many hits are looked at in one go.
_AT_ONCE = 4096
# The share of windows that pass the filter by chance is one in so many.
_FILTER_BITS_PER_PATTERN = 6
_NUMBER = re.compile(r"\+?\d{1,38}")


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


class Needles:
    """Values that are looked for.

    Attributes:
        values: The values.
        short: By value in small letters, the indices of those that are too short to be found in
            bytes other than by chance; in columns they are looked up as whole values.
        numbers: By number, the indices of the values that a column of numbers may hold.
        dates: By ISO date, the indices of the values that are one.
        longest: Bytes of the longest form.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self.values = tuple(values)
        self.short: dict[str, list[int]] = {}
        self.numbers: dict[str, list[int]] = {}
        self.dates: dict[str, list[int]] = {}
        written: dict[bytes, dict[tuple[int, Form, bytes], Written]] = {}
        for index, value in enumerate(self.values):
            if not value.strip():
                continue
            if _NUMBER.fullmatch(value):
                self.numbers.setdefault(str(int(value)), []).append(index)
            if _is_date(value):
                self.dates.setdefault(value, []).append(index)
            if len(value.encode()) < WINDOW:
                self.short.setdefault(value.lower(), []).append(index)
                continue
            for form in forms(value):
                if len(form.content) >= WINDOW:
                    same = index, form.form, form.content if form.exact else b""
                    written.setdefault(form.content.lower(), {})[same] = form
        self._patterns = sorted(written)
        self._written = [
            [(index, form) for (index, _, _), form in sorted(written[each].items(), key=_order)]
            for each in self._patterns
        ]
        self.longest = max(map(len, self._patterns), default=1)
        self._index()

    @property
    def too_short(self) -> tuple[int, ...]:
        """Indices of the values that are looked up in columns only, and of blank ones."""
        blank = [index for index, value in enumerate(self.values) if not value.strip()]
        return tuple(sorted([*blank, *(each for found in self.short.values() for each in found)]))

    def none_found(self) -> Bytes:
        """What `search` remembers of what it has found in one place."""
        return np.zeros(len(self._patterns), dtype=np.uint8)

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
        while self._patterns and position < len(content):
            count, position = find_patterns(content, position, seen, found, places, *self._tables)
            for which, start in zip(found[:count].tolist(), places[:count].tolist(), strict=True):
                end = start + len(self._patterns[which])
                if seen[which] or not fits(start, end):
                    continue
                there = content[start:end].tobytes()
                for value, form in self._written[which]:
                    if _is_same(there, form):
                        seen[which] = 1
                        yield Hit(value, form.form, start, end)

    def _index(self) -> None:
        """Each pattern is known by that of three windows that the fewest others have."""
        count = len(self._patterns)
        choices = [sorted({0, (len(p) - WINDOW) // 2, len(p) - WINDOW}) for p in self._patterns]
        used = Counter(
            pattern[start : start + WINDOW]
            for pattern, starts in zip(self._patterns, choices, strict=True)
            for start in starts
        )
        keys = np.zeros(count, dtype=np.uint64)
        windows = np.zeros(count, dtype=np.int32)
        head_bits = max(count.bit_length() + 1, 8)
        filter_bits = max(count.bit_length() + _FILTER_BITS_PER_PATTERN, 16)
        heads = np.full(1 << head_bits, -1, dtype=np.int32)
        following = np.full(count, -1, dtype=np.int32)
        present = np.zeros(1 << (filter_bits - 3), dtype=np.uint8)
        lengths: Counter[int] = Counter()
        for index, (pattern, starts) in enumerate(zip(self._patterns, choices, strict=True)):
            start = min(starts, key=lambda each: used[pattern[each : each + WINDOW]])
            key = int.from_bytes(pattern[start : start + WINDOW], "big")
            head = window_hash(key, head_bits)
            bit = window_hash(key, filter_bits)
            keys[index] = key
            windows[index] = start
            following[index], heads[head] = heads[head], index
            present[bit >> 3] |= 1 << (bit & 7)
            lengths[head] += 1
        bounds = np.cumsum([0, *map(len, self._patterns)], dtype=np.int32)
        patterns = np.frombuffer(b"".join(self._patterns), dtype=np.uint8)
        chain = max(lengths.values(), default=0)
        self._chain = chain
        self._tables: tuple[Any, ...] = (
            chain, filter_bits, present, head_bits, heads, following, keys, windows, bounds,
            patterns,
        )  # fmt: skip


def _order(each: tuple[tuple[int, Form, bytes], Written]) -> tuple[int, Form, bytes]:
    return each[0]


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_same(there: bytes, written: Written) -> bool:
    """Whether bytes that are the same in small letters of ASCII are the same value."""
    if written.exact:
        return there == written.content
    if written.form == "UTF-16":
        # Half of another letter may look like one of ASCII.
        encodings = ("utf-16-le", "utf-16-be")
        return any(
            there.decode(each, "replace").casefold()
            == written.content.decode(each, "replace").casefold()
            for each in encodings
        )
    return True
