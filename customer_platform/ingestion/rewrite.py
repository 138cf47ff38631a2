"""Landed files written again without some of their rows, or with some of their fields empty.

A file keeps its format, encoding, compression, mode and time; in text files every byte of the other
rows stays. A file is replaced in one step, once the new one has been read as the platform reads it
and gives the same rows but for those that were to go.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from customer_platform.errors import IngestionError, PrivacyError
from customer_platform.ingestion.changes import fingerprints
from customer_platform.ingestion.landing import LandedFile, find_files
from customer_platform.ingestion.rewriting.change import (
    FileChange,
    Rewritten,
    RowChange,
    as_delivered,
)
from customer_platform.ingestion.rewriting.parquet_rewrite import rewrite_parquet
from customer_platform.ingestion.rewriting.reading import Read, read_files
from customer_platform.ingestion.rewriting.replacing import (
    beside,
    like,
    put_in_place,
    real_file,
)
from customer_platform.ingestion.rewriting.text_rewrite import rewrite_text
from customer_platform.ingestion.spec import TableSpec

__all__ = ["FileChange", "Rewritten", "as_delivered", "rewrite_files"]


def rewrite_files(
    landing: Path,
    table: TableSpec,
    changes: Mapping[str, FileChange],
    loaded: Mapping[str, str] | None = None,
    before_replacing: Callable[[Sequence[Rewritten]], None] = lambda rewritten: None,
) -> list[Rewritten]:
    """Rewrites files of one table.

    Nothing is replaced until all files are written and checked.

    Args:
        landing: The landing zone.
        table: What is declared.
        changes: By file, relative to the landing zone as in `_source_file`, what to change.
        loaded: By partition, the fingerprint of the files that the raw table holds, as far as it is
            known: other files than those have other row numbers.
        before_replacing: Is given what is about to be replaced. Whoever writes it down can tell a
            rewritten file from a new delivery with `as_delivered`, whatever happens then.

    Returns:
        What has been done, a file each, in the order of `changes`.

    Raises:
        PrivacyError: A file isn't there or has changed, lacks a row, or can't be written so that
            the other rows are read as before. No file is changed.
        IngestionError: A file can't be read. No file is changed.
    """
    landed = {file.relative: file for file in find_files(landing, table).files}
    for relative in changes:
        if relative not in landed:
            raise PrivacyError(f"{landing / relative}: isn't there, or no file of {table.name}")
        changes[relative].check(landed[relative])
    days = {landed[relative].partition for relative in changes}
    # Rows are numbered once duplicates are out, which may be in another file of the partition.
    together = [file for file in landed.values() if file.partition in days]
    _check_unchanged(together, loaded or {})
    with ExitStack() as stack:
        made = {
            relative: stack.enter_context(beside(real_file(landed[relative].path)))
            for relative in changes
        }
        with read_files(table, together) as read:
            positions = {
                relative: _positions(read, landed[relative], change)
                for relative, change in changes.items()
            }
            for relative, change in positions.items():
                path = landed[relative].path
                if table.format == "parquet":
                    rewrite_parquet(path, made[relative], change)
                else:
                    file = read.file(landed[relative])
                    rows = read.count(landed[relative])
                    rewrite_text(path, made[relative], table, file, rows, change)
                like(made[relative], path)
            expected = read.rows(
                {relative: {*each.drop, *each.blank} for relative, each in positions.items()}
            )
            rejected = read.rejected()
        new = [
            replace(file, path=made[file.relative], size=made[file.relative].stat().st_size)
            if file.relative in made
            else file
            for file in together
        ]
        try:
            with read_files(table, new) as again:
                admitted = _check_same(table, expected, again, rejected, changes, landed)
        except IngestionError as error:
            # The rows that are left may all be such as are rejected, or lack a declared column.
            raise PrivacyError(
                f"{', '.join(changes)}: without the rows nothing could be read, so all stays as it "
                "is; remove the file, or have the source deliver it without them"
            ) from error
        rewritten = [
            _rewritten(landed[relative], made[relative], change, admitted[relative])
            for relative, change in changes.items()
        ]
        _check_unchanged(together, {})
        before_replacing(rewritten)
        for relative, path in made.items():
            put_in_place(path, landed[relative].path.resolve())
    return rewritten


def _check_unchanged(files: Sequence[LandedFile], loaded: Mapping[str, str]) -> None:
    """Refuses files that are others than those that were found, or that were loaded."""
    for file in files:
        status = file.path.stat()
        if (status.st_size, status.st_mtime_ns) != (file.size, file.mtime_ns):
            raise PrivacyError(f"{file.path}: is being written; try again when it is complete")
    for day, there in fingerprints(files).items():
        if loaded.get(day, there) != there:
            raise PrivacyError(
                f"{', '.join(str(file.path) for file in files if file.partition == day)}: has "
                "changed since it was loaded; load it first"
            )


def _positions(read: Read, file: LandedFile, change: FileChange) -> RowChange:
    """Positions in the file of rows that the raw table has numbers for."""
    accepted = read.accepted(file)
    missing = sorted(
        number for number in {*change.drop, *change.blank} if not 0 < number <= len(accepted)
    )
    if change.rows not in (None, len(accepted)):
        raise PrivacyError(
            f"{file.path}: has {len(accepted)} rows, and {change.rows} were loaded; load it again "
            "first"
        )
    if missing:
        raise PrivacyError(
            f"{file.path}: has {len(accepted)} rows, and no row {missing[0]}; load it again first"
        )
    lines = {reject.line for reject in read.rejects(file)}
    if unknown := sorted(line for line in change.drop_lines if line not in lines):
        raise PrivacyError(f"{file.path}: has no rejected row on line {unknown[0]}")
    return RowChange(
        [int(accepted[number - 1]) for number in change.drop],
        {int(accepted[number - 1]): written for number, written in change.blank.items()},
        change.drop_lines,
    )


def _check_same(
    table: TableSpec,
    expected: Mapping[str, Counter[int]],
    again: Read,
    rejected: Mapping[str, Counter[str | None]],
    changes: Mapping[str, FileChange],
    landed: Mapping[str, LandedFile],
) -> dict[str, int]:
    """Refuses new files whose other rows are read otherwise; how many rejected rows are accepted.

    Args:
        table: What is declared.
        expected: By file, hashes of the rows that stay as they are.
        again: The new files.
        rejected: By file, the texts of what was rejected.
        changes: By file, what was to be changed.
        landed: By file, where it is.
    """
    rows, rejects = again.rows({}), again.rejected()
    admitted = {}
    for relative, before in expected.items():
        change = changes.get(relative, FileChange())
        # In a Parquet file the text is put together from values.
        added = rejects[relative] - rejected[relative]
        extra = rows[relative].total() - before.total() - len(change.blank)
        if before - rows[relative] or added or extra < 0:
            raise PrivacyError(
                f"{landed[relative].path}: its other rows would be read otherwise, so it stays as "
                "it is; have the source deliver it without the rows"
            )
        admitted[relative] = extra
    return admitted


def _rewritten(before: LandedFile, made: Path, change: FileChange, admitted: int) -> Rewritten:
    status = made.stat()
    return Rewritten(
        before,
        replace(before, size=status.st_size, mtime_ns=status.st_mtime_ns),
        len(change.drop),
        len(change.blank),
        len(change.drop_lines),
        admitted,
    )
