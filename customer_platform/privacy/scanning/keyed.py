"""Keyed hashes of values and of the forms that they are written in; the values aren't in them."""

import hmac
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from customer_platform.privacy.scanning.forms import Alike, Form, Written, as_compared
from customer_platform.privacy.scanning.kernel import WINDOW
from customer_platform.privacy.scanning.siphash import (
    KEY_BYTES,
    hash_pieces,
    hash_words,
    words_of,
)
from customer_platform.privacy.secret import Secret

Rows = npt.NDArray[Any]
Key = tuple[np.uint64, np.uint64]

FORMS: tuple[Form, ...] = get_args(Form)
ALIKE: tuple[Alike, ...] = get_args(Alike)
DIGEST_BYTES = 16

# A form of a value, in small letters: the hashes of twice six of its bytes and where those begin,
# the hash of all, and the HMAC that confirms it.
PATTERN = np.dtype(
    [
        ("tag", "<u8"),
        ("other_tag", "<u8"),
        ("whole", "<u8"),
        ("window", "<i4"),
        ("other_window", "<i4"),
        ("length", "<i4"),
        ("value", "<i4"),
        ("form", "u1"),
        ("alike", "u1"),
        ("digest", "u1", DIGEST_BYTES),
    ],
    align=True,
)
# A value that is looked up as a whole, as one word.
WORD = np.dtype([("tag", "<u8"), ("value", "<i4")])


@dataclass(frozen=True)
class Keys:
    """What values are hashed with, each for a purpose of its own.

    Attributes:
        window: For six bytes of a form.
        whole: For all bytes of a form.
        words: By name of a table of words, for these.
        confirm: For HMACs of forms.
        value: For HMACs of values.
        fingerprint: Says whether the secret is the same, and nothing of it.
    """

    window: Key
    whole: Key
    words: dict[str, Key]
    confirm: bytes
    value: bytes
    fingerprint: str

    @classmethod
    def of(cls, secret: Secret) -> "Keys":
        """Those of a secret."""

        def key(purpose: str) -> Key:
            return words_of(secret.key_of(f"sought_{purpose}")[:KEY_BYTES])

        return cls(
            key("window"),
            key("whole"),
            {name: key(name) for name in ("short", "numbers", "dates")},
            secret.key_of("sought_confirm"),
            secret.key_of("sought_value"),
            secret.fingerprint,
        )

    def confirming(self, content: bytes, alike: Alike) -> bytes:
        """The HMAC-SHA-256 of bytes that are the same value, its first 16 bytes."""
        compared = as_compared(content, alike)
        return hmac.digest(self.confirm, compared, "sha256")[:DIGEST_BYTES]


def digests_of_values(values: Sequence[str], keys: Keys) -> Rows:
    """The HMAC of each value, which says whether two are the same."""
    digests = b"".join(
        hmac.digest(keys.value, each.encode(), "sha256")[:DIGEST_BYTES] for each in values
    )
    return np.frombuffer(digests, dtype=np.uint8).reshape(-1, DIGEST_BYTES)


def words_of_values(values: Iterable[tuple[int, int]], key: Key) -> Rows:
    """Rows of `WORD`, in the order of hashes, which says nothing of the values.

    Args:
        values: The word and the index of each value.
        key: The key.
    """
    known = list(values)
    rows = np.zeros(len(known), dtype=WORD)
    words = np.array([word for word, _ in known], dtype=np.uint64)
    rows["tag"] = hash_words(words, *key)
    rows["value"] = [index for _, index in known]
    return np.sort(rows)


def patterns_of(values: Iterable[tuple[int, Written]], keys: Keys) -> Rows:
    """Rows of `PATTERN`, in the order of hashes, which says nothing of the values.

    Args:
        values: The index of each value, and a form that it may have.
        keys: The keys.
    """
    written: dict[bytes, dict[tuple[int, Form, Alike, bytes], Written]] = {}
    for index, each in values:
        if len(each.content) >= WINDOW:
            same = index, each.form, each.alike, as_compared(each.content, each.alike)
            written.setdefault(each.content.lower(), {})[same] = each
    contents = list(written)
    if not contents:
        return np.zeros(0, dtype=PATTERN)
    windows = _windows(contents)
    first, other = (
        hash_words(np.array(list(map(_word, contents, starts)), dtype=np.uint64), *keys.window)
        for starts in zip(*windows, strict=True)
    )
    bounds = np.cumsum([0, *map(len, contents)])
    joined = np.frombuffer(b"".join(contents), dtype=np.uint8)
    wholes = hash_pieces(joined, bounds, *keys.whole)
    found = [
        (*hashes, *pair, len(content), index, FORMS.index(form), ALIKE.index(alike),
         np.frombuffer(keys.confirming(each.content, alike), dtype=np.uint8))
        for content, pair, *hashes in zip(contents, windows, first, other, wholes, strict=True)
        for (index, form, alike, _), each in written[content].items()
    ]  # fmt: skip
    return sorted_patterns(np.array(found, dtype=PATTERN))


def sorted_patterns(rows: Rows) -> Rows:
    """Patterns in the order that the search needs: those of one window, and of one place in it."""
    return rows[np.lexsort((rows["value"], *(rows[each] for each in SAME[::-1])))]


# What patterns have in common that are found together.
SAME = ("tag", "window", "length", "whole")


def _windows(contents: Sequence[bytes]) -> list[tuple[int, int]]:
    """Of three windows of each pattern, the two that the fewest others have."""
    choices = [sorted({0, (len(p) - WINDOW) // 2, len(p) - WINDOW}) for p in contents]
    used = Counter(
        content[start : start + WINDOW]
        for content, starts in zip(contents, choices, strict=True)
        for start in starts
    )
    found = []
    for content, starts in zip(contents, choices, strict=True):
        first, *others = sorted(starts, key=lambda each: used[content[each : each + WINDOW]])
        found.append((first, others[0] if others else first))
    return found


def _word(content: bytes, start: int) -> int:
    return int.from_bytes(content[start : start + WINDOW], "little") | WINDOW << 56
