"""Sorts the user's files into tables: files whose names differ only in the day are of one table."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from customer_platform.onboarding.delivered import DeliveredFile, Delivery
from customer_platform.onboarding.errors import OnboardingError
from customer_platform.onboarding.names import dated_name
from customer_platform.onboarding.sniff import sniff


def find_deliveries(
    paths: Sequence[Path],
    day: str,
    delimiter: str | None = None,
    table: str | None = None,
) -> list[Delivery]:
    """Sort files into tables.

    Args:
        paths: The files.
        day: The day that a file without one in its name stands for.
        delimiter: The field separator of CSV files, where the user has said it.
        table: Name of the table, where the user has said it.

    Raises:
        OnboardingError: A file can't be read, two are of one day, or those of one table are
            written in different ways.
    """
    by_table: dict[str, list[DeliveredFile]] = {}
    for path in dict.fromkeys(Path(os.path.abspath(path)) for path in paths):
        name = dated_name(path.name)
        wanted = table or name.stem
        if not wanted:
            raise OnboardingError(f"{path}: its name names no table; say which, with --table")
        by_table.setdefault(wanted, []).append(DeliveredFile(path, name, name.day or day))
    return [_delivery(name, files, delimiter) for name, files in sorted(by_table.items())]


def _delivery(table: str, files: Sequence[DeliveredFile], delimiter: str | None) -> Delivery:
    files = sorted(files, key=lambda file: (file.day, str(file.path)))
    formats = [sniff(file.path, delimiter) for file in files]
    for file, other in zip(files, formats, strict=True):
        if other != formats[0]:
            raise OnboardingError(
                f"{file.path}: written differently from {files[0].path} ({other} and "
                f"{formats[0]}); have the source deliver all files of a table alike"
            )
    [(day, count)] = Counter(file.day for file in files).most_common(1)
    if count > 1:
        same = [str(file.path) for file in files if file.day == day]
        raise OnboardingError(
            f"table {table!r}: {' and '.join(same[:2])} are both of {day}; name files with their "
            "day, for example members_2024-06-01.csv, or bring in other tables one by one with "
            "--table"
        )
    return Delivery(table, files, formats[0])
