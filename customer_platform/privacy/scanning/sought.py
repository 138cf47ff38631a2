"""The values that a scan looks for, as keyed hashes: they can be kept, and not be read.

A file of them says how many values there are, how long their forms are, and which of them have six
bytes in common. Who has the secret can try whether a value is among them; nobody else can, not
even the six bytes: hashes of windows are SipHash-1-3, those that confirm a hit HMAC-SHA-256.
"""

import os
import re
import secrets
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from customer_platform.errors import PrivacyError
from customer_platform.privacy.scanning.forms import Written, forms
from customer_platform.privacy.scanning.kernel import SHORT, WINDOW
from customer_platform.privacy.scanning.keyed import (
    PATTERN,
    WORD,
    Keys,
    Rows,
    digests_of_values,
    patterns_of,
    sorted_patterns,
    words_of_values,
)
from customer_platform.privacy.secret import Secret

_EPOCH = date(1970, 1, 1)
# Of a number with more digits, a column of 64 bits has none.
_NUMBER = re.compile(r"\+?\d{1,18}")
_TABLES = {"patterns": PATTERN, "short": WORD, "numbers": WORD, "dates": WORD}
_VERSION = 1


@dataclass(frozen=True, eq=False)
class Sought:
    """Values that are looked for.

    Attributes:
        values: The HMAC of each value.
        too_short: Indices of the values that are looked up as whole values in columns only, and
            of blank ones.
        patterns: The forms of the values that bytes are searched for.
        short: Values that are too short to be found in bytes other than by chance.
        numbers: The numbers that a column of numbers may hold.
        dates: The days that a column of days may hold, counted from 1970.
        keys: What all are hashed with, which `write` doesn't write.
    """

    values: Rows
    too_short: tuple[int, ...]
    patterns: Rows
    short: Rows
    numbers: Rows
    dates: Rows
    keys: Keys = field(repr=False)

    @classmethod
    def of(
        cls,
        values: Sequence[str],
        secret: Secret | None = None,
        written: Callable[[str], Iterable[Written]] = forms,
    ) -> "Sought":
        """Makes values ready to be looked for.

        Args:
            values: The values. What is found names them by their index.
            secret: The secret of the deployment; by default one that nobody knows, for a search
                that isn't repeated.
            written: The forms in which a value is looked for in bytes.
        """
        keys = Keys.of(secret or Secret(secrets.token_bytes(32)))
        named = [(index, value) for index, value in enumerate(values) if value.strip()]
        short = [(index, value) for index, value in named if len(value.encode()) < WINDOW]
        too_short = {index for index, _ in short} | {*range(len(values))} - {i for i, _ in named}
        tables = {
            "short": [
                (word, index)
                for index, value in short
                if (word := _word(value.lower().encode())) is not None
            ],
            "numbers": [(int(value), i) for i, value in named if _NUMBER.fullmatch(value)],
            "dates": [(day, index) for index, value in named if (day := _day(value)) is not None],
        }
        words = {name: words_of_values(found, keys.words[name]) for name, found in tables.items()}
        patterns = patterns_of(
            (
                (index, each)
                for index, value in named
                if index not in too_short
                for each in written(value)
            ),
            keys,
        )
        digests = digests_of_values(values, keys)
        return cls(digests, tuple(sorted(too_short)), patterns, **words, keys=keys)

    def __len__(self) -> int:
        return len(self.values)

    def joined(self, other: "Sought") -> "Sought":
        """These values, and those of others that aren't among them; both have the same keys."""
        known = {each.tobytes() for each in self.values}
        added = [i for i, each in enumerate(other.values) if each.tobytes() not in known]
        moved = np.full(len(other), -1, dtype=np.int32)
        moved[added] = np.arange(len(self), len(self) + len(added))
        tables: dict[str, Any] = {}
        for name in _TABLES:
            mine, theirs = getattr(self, name), getattr(other, name).copy()
            theirs["value"] = moved[theirs["value"]]
            tables[name] = np.concatenate([mine, theirs[theirs["value"] >= 0]])
        return replace(
            self,
            values=np.concatenate([self.values, other.values[added]]),
            too_short=(*self.too_short, *(int(moved[i]) for i in other.too_short if i in added)),
            **{**tables, "patterns": sorted_patterns(tables["patterns"])},
        )

    def write(self, path: Path) -> None:
        """Writes them, readable by their owner alone, whole or not at all.

        Args:
            path: The file, which is replaced where there is one.
        """
        made = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                np.savez(
                    file,
                    allow_pickle=False,
                    version=_VERSION,
                    fingerprint=self.keys.fingerprint,
                    values=self.values,
                    too_short=np.array(self.too_short, dtype="<i4"),
                    **{name: getattr(self, name) for name in _TABLES},
                )
                file.flush()
                os.fsync(file.fileno())
            os.replace(made, path)
        finally:
            made.unlink(missing_ok=True)

    @classmethod
    def read(cls, path: Path, secret: Secret) -> "Sought":
        """Reads what `write` has written.

        Args:
            path: The file.
            secret: The secret that they were made with.

        Raises:
            PrivacyError: The file is missing or damaged, or made with another secret.
        """
        try:
            with np.load(path, allow_pickle=False) as found:
                arrays = dict(found)
            version, fingerprint = int(arrays["version"]), str(arrays["fingerprint"])
            tables = {name: arrays[name].astype(kind) for name, kind in _TABLES.items()}
            too_short = tuple(arrays["too_short"].tolist())
            values = arrays["values"]
        except FileNotFoundError:
            raise PrivacyError(
                f"{path} is missing: without it nobody knows what to look for. Put it back"
            ) from None
        except (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
            raise PrivacyError(f"{path} can't be read ({error}): put back a good copy") from error
        if version != _VERSION:
            raise PrivacyError(f"{path} was written by another version, as format {version}")
        if fingerprint != secret.fingerprint:
            raise PrivacyError(
                f"{path} was made with another secret, without which it can't be looked for: put "
                "that one back"
            )
        return cls(values, too_short, **tables, keys=Keys.of(secret))


def sought_of(values: Sought | Sequence[str]) -> Sought:
    """The same, or values made ready for one search."""
    return values if isinstance(values, Sought) else Sought.of(values)


def _word(content: bytes) -> int | None:
    if len(content) > SHORT:
        return None
    return int.from_bytes(content, "little") | len(content) << 56


def _day(value: str) -> int | None:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return None
    # A day before 1970 is a word, too.
    return (day - _EPOCH).days % (1 << 64) if day.isoformat() == value else None
