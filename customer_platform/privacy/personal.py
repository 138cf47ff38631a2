"""Masks personal data, so that what is shown may be seen by whoever may open the UI.

Everything is masked that isn't declared `personal: false`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from customer_platform.personal_kinds import Personal

HIDDEN = "***"


@dataclass(frozen=True)
class BySource:
    """The declaration of a column whose values come from several sources, as record IDs do.

    Attributes:
        column: The column that names the source.
        kinds: By source.
        other: What holds for a source that isn't in it.
    """

    column: str
    kinds: Mapping[str, Personal] = field(default_factory=dict)
    other: Personal = "identifier"

    def of(self, source: object) -> Personal:
        """What holds for a value of a source; that of a role, as `buyer/app`, is `app`."""
        return self.kinds.get(str(source).rpartition("/")[2], self.other)


# By column; what isn't in it is personal.
Kinds = Mapping[str, Personal | BySource]


def mask_name(value: str) -> str:
    """Keeps the first letter of every word: 'Anna de Vries' becomes 'A*** d* V****'.

    A word of one letter, a digit, and a letter of a script without capitals, where one character
    may be a whole name, are not kept.
    """
    return " ".join(map(_masked_word, value.split()))


def mask_email(value: str) -> str:
    """Keeps first letters and the top-level domain: 'anna@example.com' is 'a***@e******.com'.

    A domain may be a person's own, with the last name in it.
    """
    local, at, domain = value.rpartition("@")
    if not at or any(character.isspace() for character in domain):
        return mask_name(value)
    name, dot, top_level = domain.rpartition(".")
    masked = ".".join(map(_masked_word, name.split("."))) if name else ""
    return f"{mask_name(local)}{at}{masked}{dot}{top_level if dot else _masked_word(top_level)}"


def mask_tail(value: str) -> str:
    """Keeps the first three characters, of a short value at most half of it.

    '+31612345678' becomes '+31*********', and 'Jan' becomes 'J**'.
    """
    shown = min(3, len(value) // 2)
    return value[:shown] + "*" * (len(value) - shown)


def mask_date(value: str) -> str:
    """Keeps the year of an ISO date: '1980-05-17' becomes '1980-**-**'. Of another, nothing."""
    year, dash, _ = value.partition("-")
    return f"{year}-**-**" if dash and len(year) == 4 and year.isdigit() else HIDDEN


def hide(value: str) -> str:
    """Keeps nothing."""
    return HIDDEN


_MASKS: Mapping[str, Callable[[str], str]] = {
    "name": mask_name,
    "email": mask_email,
    "phone": mask_tail,
    "date": mask_date,
    "address": mask_name,
    "identifier": mask_tail,
    "free_text": hide,
}


def mask_value(value: str, kind: Personal) -> str:
    """Masks a value by what is declared of it.

    Args:
        value: The value.
        kind: Its kind; False leaves it as it is; None, where nothing is declared, hides it.
    """
    if kind is False:
        return value
    return HIDDEN if kind is None else _MASKS[kind](value)


def mask_frame(frame: pd.DataFrame, kinds: Kinds) -> pd.DataFrame:
    """Masks the personal columns of a preview.

    Args:
        frame: Any columns.
        kinds: What is declared of them, by name in lower case.

    Returns:
        A frame of the same shape, every value as text, missing values as None.
    """
    masked = {}
    for column in map(str, frame.columns):
        kind = kinds.get(column.lower())
        if isinstance(kind, BySource):
            sources = frame[kind.column] if kind.column in frame else [None] * len(frame)
            each = [kind.of(source) for source in sources]
        else:
            each = [kind] * len(frame)
        masked[column] = [_masked(*pair) for pair in zip(frame[column], each, strict=True)]
    return pd.DataFrame(masked, columns=list(masked), dtype=object)


def _masked(value: Any, kind: Personal) -> str | None:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    return mask_value(str(value), kind)


def _masked_word(word: str) -> str:
    first = word[:1]
    kept = first if len(word) > 1 and first.lower() != first.upper() else ""
    return kept + "*" * (len(word) - len(kept))
