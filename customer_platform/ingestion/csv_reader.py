"""CSV files: matched by header, read as text by DuckDB, many files in one statement."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from customer_platform.ingestion.batch import STORE_REJECTS, Batch, Shapes, check_columns
from customer_platform.ingestion.casts import literal, select_typed
from customer_platform.ingestion.errors import IngestionError, UnreadableFileError
from customer_platform.ingestion.records import csv_records
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.text_files import (
    CutLine,
    ScanFile,
    check_not_empty,
    opened,
    read_text,
    write_text,
)


def shapes(files: Sequence[ScanFile], table: TableSpec) -> Shapes:
    """Group files by their header."""
    result = Shapes()
    by_header: dict[tuple[str, ...], list[ScanFile]] = {}
    for file in files:
        try:
            header = read_header(file, table)
            check_columns(file, table, header)
        except IngestionError as error:
            result.failures[file.path] = error
            continue
        by_header.setdefault(tuple(header), []).append(file)
    for names, group in by_header.items():
        result.batches.append(_batch(group, table, names))
    return result


def read_header(file: ScanFile, table: TableSpec) -> list[str]:
    """The column names of a file; a nameless one is called by its position.

    Raises:
        UnreadableFileError: The file is empty or damaged.
    """
    check_not_empty(file)
    with opened(file.path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="replace", newline="")
        if table.quote:
            reader = csv.reader(text, delimiter=table.delimiter, quotechar=table.quote)
        else:
            reader = csv.reader(text, delimiter=table.delimiter, quoting=csv.QUOTE_NONE)
        try:
            header = next(reader, [])
        except csv.Error as error:
            raise UnreadableFileError(
                f"{file.landed.path}: no readable header ({error}); is it a CSV file?"
            ) from error
    if not any(header):
        raise UnreadableFileError(
            f"{file.landed.path}: empty file: no header; have the source deliver it again"
        )
    return [name.strip() or f"column_{index}" for index, name in enumerate(header, start=1)]


def repair(file: ScanFile, table: TableSpec, fields: int, folder: Path) -> ScanFile:
    """A plain copy of a file without the lines whose quotes are broken, and with one line end.

    Raises:
        UnreadableFileError: The header itself has a broken quote.
    """
    text = read_text(file.path)
    pieces: list[str] = []
    cut: list[CutLine] = []
    following = 1
    for record in csv_records(text, table.delimiter, table.quote, fields):
        # Blank lines stay, so that every other line keeps its number but for those cut.
        pieces.append("\n" * (record.line - following))
        if record.broken:
            if not any(pieces):
                raise UnreadableFileError(
                    f"{file.landed.path}: the header has a broken quote: {record.text}"
                )
            cut.append(CutLine(record.line, record.text))
            following = record.line + 1
        else:
            pieces.append(record.text + "\n")
            following = record.line + record.text.count("\n") + 1
    copy = folder / f"{len(list(folder.iterdir()))}.repaired"
    write_text(copy, "".join(pieces))
    return ScanFile(file.landed, str(copy), cut, repaired=True)


def _batch(files: Sequence[ScanFile], table: TableSpec, header: tuple[str, ...]) -> Batch:
    declared = {name: index for index, name in enumerate(table.columns)}
    extra = [name for name in header if name not in declared]
    reader_names = [
        f"c{declared[name]}" if name in declared else f"x{extra.index(name)}" for name in header
    ]
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in reader_names)
    options = ", ".join(
        f"{option} = {literal(value)}"
        for option, value in (
            ("delim", table.delimiter),
            ("quote", table.quote),
            ("escape", table.quote),
        )
    )
    members = ", ".join(f"{literal(name)}, x{index}" for index, name in enumerate(extra))
    unexpected = f"json_object({members})" if extra else "cast(null as JSON)"

    def select(paths: str) -> str:
        source = (
            f"select * from read_csv({paths}, columns = {{{columns}}}, auto_detect = false, "
            f"header = true, filename = '_file', hive_partitioning = false, {options}, "
            f"{STORE_REJECTS})"
        )
        given = dict.fromkeys(table.columns, "VARCHAR")
        return select_typed(table, given, source, unexpected, keys=table.filled_columns)

    return Batch(files, select, extra, len(header))
