"""Which files have landed for a table."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath

from customer_platform.ingestion.spec import (
    TableSpec,
    fill_partition,
    has_partition,
    iso_day,
    loose_pattern,
    partition_pattern,
)

_HALF_WRITTEN_STARTS = (".", "_")
_HALF_WRITTEN_ENDS = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp")


@dataclass(frozen=True, slots=True)
class LandedFile:
    """A complete file of one partition.

    Attributes:
        path: Where it is.
        relative: The same relative to the landing zone, with forward slashes.
        partition: Its day, 'YYYY-MM-DD'.
        size: Bytes.
        mtime_ns: Last modification in nanoseconds since the epoch.
    """

    path: Path
    relative: str
    partition: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class FoundFiles:
    """What a table's folder holds.

    Attributes:
        files: Files of valid days, by partition and path.
        misnamed: Files and folders that match the template but for their day.
    """

    files: list[LandedFile] = field(default_factory=list)
    misnamed: list[Path] = field(default_factory=list)


def find_files(landing: Path, table: TableSpec) -> FoundFiles:
    """List the complete files of a table, reading no folder above its template's fixed part.

    Half-written files (names that start with '.' or '_', or end in .tmp, .part and the like) are
    passed over: they are picked up once they have their final name.
    """
    parts = PurePosixPath(table.path).parts
    fixed = _fixed_parts(parts)
    found = FoundFiles()
    prefix = "".join(f"{part}/" for part in fixed)
    for relative, partition, entry in _walk(landing.joinpath(*fixed), prefix, parts[len(fixed) :]):
        if entry is None:
            found.misnamed.append(landing / relative)
            continue
        status = entry.stat()
        path = Path(entry.path)
        found.files.append(
            LandedFile(path, relative, partition, status.st_size, status.st_mtime_ns)
        )
    found.files.sort(key=lambda file: (file.partition, file.relative))
    found.misnamed.sort()
    return found


def expected_path(landing: Path, table: TableSpec, partition: str) -> Path:
    """Where the file of a partition should be (wildcards as they are)."""
    return landing / fill_partition(table.path, partition)


def is_half_written(name: str) -> bool:
    """Whether a file or folder is passed over until it has its final name."""
    return name.startswith(_HALF_WRITTEN_STARTS) or name.endswith(_HALF_WRITTEN_ENDS)


def is_valid_day(text: str) -> bool:
    """Whether a text is a day that exists, written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _fixed_parts(parts: tuple[str, ...]) -> tuple[str, ...]:
    for index, part in enumerate(parts):
        if has_partition(part) or "*" in part:
            return parts[:index]
    return parts


def _walk(
    folder: Path, prefix: str, parts: tuple[str, ...], partition: str = ""
) -> Iterator[tuple[str, str, os.DirEntry[str] | None]]:
    """Yield (relative path, partition, entry); the entry is None where the day is not valid."""
    strict, loose = _patterns(parts[0])
    last = len(parts) == 1
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            name = entry.name
            if is_half_written(name):
                continue
            match = strict.fullmatch(name)
            if match is None and loose.fullmatch(name) is None:
                continue
            if entry.is_dir() == last:
                continue
            written = match.groupdict().get("partition") if match else None
            day = iso_day(parts[0], written) if written else partition
            if match is None or day is None:
                yield prefix + name, "", None
            elif last:
                yield prefix + name, day, entry
            else:
                yield from _walk(Path(entry.path), f"{prefix}{name}/", parts[1:], day)


def _patterns(part: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """One pattern that wants a day at the placeholder, and one that takes anything there."""
    return (
        re.compile(partition_pattern(part), re.DOTALL),
        re.compile(loose_pattern(part), re.DOTALL),
    )
