"""Masks personal data, so that a preview may be shown to whoever may open the UI."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd


def mask_text(value: str) -> str:
    """Keeps the first letter of every word: 'Anna de Vries' becomes 'A*** d* V****'."""
    return " ".join(word[0] + "*" * (len(word) - 1) for word in value.split())


def mask_email(value: str) -> str:
    """Keeps the first letter and the domain: 'anna@example.com' becomes 'a***@example.com'."""
    local, at, domain = value.partition("@")
    if not at:
        return mask_text(value)
    return mask_text(local) + at + domain


def mask_tail(value: str) -> str:
    """Keeps the first three characters, of a short value at most half of it.

    '+31612345678' becomes '+31*********', and 'Jan' becomes 'J**'.
    """
    shown = min(3, len(value) // 2)
    return value[:shown] + "*" * (len(value) - shown)


def mask_year(value: str) -> str:
    """Keeps the year of a date: '1980-05-17' becomes '1980-**-**'."""
    return value[:4] + "-**-**"


# By column name, raw and canonical alike. A match key (`email_key`) is masked as its attribute.
PERSONAL_COLUMNS: Mapping[str, Callable[[str], str]] = {
    "first_name": mask_text,
    "last_name": mask_text,
    "email": mask_email,
    "phone": mask_tail,
    "birth_date": mask_year,
    "street": mask_text,
    "postcode": mask_tail,
    "loyalty_card": mask_tail,
    "_unexpected": lambda value: "***",
    "properties": lambda value: "***",
    "raw_text": lambda value: "***",
    "value": mask_tail,
}


def mask_value(column: str, value: str) -> str:
    """Masks a value that is known to be personal, such as that of a match key.

    Args:
        column: Its name; decides how it is masked. A name that isn't known keeps the first three
            characters.
        value: The value.
    """
    return PERSONAL_COLUMNS.get(column.removesuffix("_key"), mask_tail)(value)


def mask_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Masks the personal columns of a preview.

    Args:
        frame: Any columns; those named in `PERSONAL_COLUMNS`, with or without the suffix `_key`,
            are personal.

    Returns:
        A frame of the same shape, every value as text, missing values as None.
    """
    masked = {}
    for column in frame.columns:
        mask = PERSONAL_COLUMNS.get(str(column).removesuffix("_key"), str)
        masked[str(column)] = [_masked(value, mask) for value in frame[column]]
    return pd.DataFrame(masked, columns=[str(column) for column in frame.columns], dtype=object)


def _masked(value: Any, mask: Callable[[str], str]) -> str | None:
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return None
    return mask(str(value))
