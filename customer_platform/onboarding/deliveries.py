"""Sorts the user's files into tables, by names that differ only in the day, and lands them."""

import filecmp
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from customer_platform.errors import IngestionError, OnboardingError
from customer_platform.ingestion.encoding import find_encoding, known_encoding
from customer_platform.ingestion.sniff import FileFormat, check_file, sniff
from customer_platform.onboarding.declaration import landed_as
from customer_platform.onboarding.delivered import DeliveredFile, Delivery
from customer_platform.onboarding.file_names import dated_name, without_numbers

# How a delimiter is said that is hard to type.
_SAID = {"\\t": "\t", "tab": "\t"}


def find_deliveries(
    paths: Sequence[Path],
    day: str,
    delimiter: str | None = None,
    table: str | None = None,
    encoding: str | None = None,
) -> list[Delivery]:
    """Sort files into tables.

    Args:
        paths: The files.
        day: The day that a file without one in its name stands for.
        delimiter: The field separator of CSV files, where the user has said it.
        table: Name of the table, where the user has said it.
        encoding: The encoding of CSV and JSONL files, where the user has said it.

    Raises:
        OnboardingError: A file can't be read, two are of one day and not numbered, those of one
            table are written in different ways, or names don't show which files are of one table.
    """
    delimiter = None if delimiter is None else _known_delimiter(delimiter)
    by_table: dict[str, list[DeliveredFile]] = {}
    for path in dict.fromkeys(Path(os.path.abspath(path)) for path in paths):
        name = dated_name(path.name, path.parent.name, path.parent.parent.name)
        wanted = table or name.stem
        if not wanted:
            raise OnboardingError(f"{path}: its name names no table; say which, with --table")
        by_table.setdefault(wanted, []).append(DeliveredFile(path, name, name.day or day))
    _check_told_apart(by_table)
    try:
        return [
            _delivery(name, files, delimiter, encoding) for name, files in sorted(by_table.items())
        ]
    except IngestionError as error:
        raise OnboardingError(str(error)) from error


def _known_delimiter(said: str) -> str:
    r"""The delimiter that the user has said; `\t` and `tab` are a tab.

    Raises:
        OnboardingError: It is not one character.
    """
    delimiter = _SAID.get(said, said)
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise OnboardingError(
            f"--delimiter {said!r}: fields are separated by one character, and by no quote or line "
            "end; write for example ; or | or \\t (a tab)"
        )
    return delimiter


def _check_told_apart(by_table: Mapping[str, Sequence[DeliveredFile]]) -> None:
    """Refuse names that differ only in a number or month: one table's files, or several tables'."""
    alike: dict[str, DeliveredFile] = {}
    for files in by_table.values():
        other = alike.setdefault(without_numbers(files[0].name.stem), files[0])
        if other is not files[0]:
            raise OnboardingError(
                f"{other.path} and {files[0].path}: their names differ in a number or a month that "
                "is no day, so it isn't clear whether they are of one table. If they are, name "
                "each with its day, for example members_2024-06-01.csv, or _2024-06 for a month, "
                "and parts of a day _2024-06-01_1; if not, bring them in one by one"
            )


def _delivery(
    table: str, files: Sequence[DeliveredFile], delimiter: str | None, encoding: str | None
) -> Delivery:
    files = sorted(files, key=lambda file: (file.day, str(file.path)))
    written = _format([file.path for file in files], delimiter, encoding)
    taken: dict[tuple[str, str], DeliveredFile] = {}
    for file in files:
        other = taken.setdefault((file.day, file.name.part), file)
        if other is not file:
            raise OnboardingError(
                f"table {table!r}: {other.path} and {file.path} are both of {file.day}; name files "
                "with their day, for example members_2024-06-01.csv, and parts of a day with a "
                "number behind it, or bring in other tables one by one with --table"
            )
    return Delivery(table, files, written)


def _format(paths: Sequence[Path], delimiter: str | None, encoding: str | None) -> FileFormat:
    """How all files of a table are written."""
    if encoding is not None:
        for path in paths:
            check_file(path)
        encoding = known_encoding(encoding, paths)
    formats = [sniff(path, delimiter, encoding) for path in paths]
    if len({each.encoding for each in formats}) > 1:
        # A file without a letter beyond ASCII, or with few of them, says less than all together.
        encoding = find_encoding(paths)
        formats = [sniff(path, delimiter, encoding) for path in paths]
    for path, other in zip(paths, formats, strict=True):
        if other != formats[0]:
            raise OnboardingError(
                f"{path}: written differently from {paths[0]} ({other} against {formats[0]}); "
                "have the source deliver all files of a table alike"
            )
    return formats[0]


def plan_landing(delivery: Delivery, path: str, landing: Path) -> dict[Path, Path]:
    """Where each file is to be copied to, those that are there already left out.

    Args:
        delivery: The files.
        path: The path template below the landing zone.
        landing: The landing zone.

    Raises:
        OnboardingError: Another file is there already.
    """
    targets = {file.path: landing / landed_as(file, path) for file in delivery.files}
    for file, target in targets.items():
        if target.exists() and not filecmp.cmp(file, target, shallow=False):
            raise OnboardingError(
                f"{target}: another file is there already; move it away, or put {file} there "
                "yourself"
            )
    return {file: target for file, target in targets.items() if not target.exists()}


def land(copies: Mapping[Path, Path]) -> None:
    """Copy files into the landing zone.

    Args:
        copies: Each file, and where it is copied to.
    """
    for file, target in copies.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        # Under a name that sensors pass over until the file is whole.
        half = target.with_name(f".{target.name}")
        shutil.copyfile(file, half)
        os.replace(half, target)
