"""CSV files: matched by header, read as text by DuckDB, many files in one statement."""

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from customer_platform.errors import IngestionError, UnreadableFileError
from customer_platform.ingestion.batch import STORE_REJECTS, Batch, Shapes, check_columns
from customer_platform.ingestion.casts import HEADER, select_typed
from customer_platform.ingestion.records import csv_records
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.text_files import (
    CutLine,
    ScanFile,
    check_not_empty,
    copy_from,
    opened,
    read_text,
    size_in_bytes,
    write_text,
)
from customer_platform.warehouse.sql import literal

# Excel writes the delimiter into a line of its own above the header.
SEPARATOR_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?[\r\t ]*", re.IGNORECASE)

_HEAD = 1 << 18
# The header is looked for in so many lines.
_HEADER_WITHIN = 20
_LINE_END = re.compile(r"\r\n|\n|\r")
# No name of a column begins or ends with a byte order mark or blanks.
_PADDING = " \t\r\n\xa0\ufeff\u200b"


@dataclass(frozen=True)
class Header:
    """The header of a file.

    Attributes:
        names: The columns; a nameless one is called by its position.
        lines_above: Lines above it: titles, blank lines, Excel's `sep=;`.
        start: Where it begins, in characters of the text.
    """

    names: list[str]
    lines_above: int = 0
    start: int = 0


def shapes(files: Sequence[ScanFile], table: TableSpec, folder: Path) -> Shapes:
    """Group files by their header; of a file with lines above it, a copy without them is read."""
    result = Shapes()
    by_header: dict[tuple[str, ...], list[ScanFile]] = {}
    for file in files:
        try:
            check_not_empty(file)
            text = read_text(file.path, _HEAD)
            header = find_header(text, table.delimiter, table.quote, table.columns)
            if header is None:
                raise UnreadableFileError(
                    f"{file.landed.path}: empty file: no header; have the source deliver it again"
                )
            check_columns(file, table, header.names)
            if header.lines_above:
                start = size_in_bytes(text[: header.start])
                copy_from(file, start + _mark_of(file), header.lines_above, folder)
        except IngestionError as error:
            result.failures[file.path] = error
            continue
        by_header.setdefault(tuple(header.names), []).append(file)
    for names, group in by_header.items():
        result.batches.append(_batch(group, table, names))
    return result


def find_header(
    text: str, delimiter: str, quote: str, declared: Collection[str] = ()
) -> Header | None:
    """The first of the first lines that names all declared columns; else that with most of them.

    Args:
        text: The beginning of a file.
        delimiter: Field separator.
        quote: Quote; empty: none.
        declared: The columns that a header names.

    Returns:
        None where no line has a field.
    """
    found, most = None, -1
    for header in first_lines(text, delimiter, quote):
        known = len(set(declared) & set(header.names))
        if known > most:
            found, most = header, known
        if known == len(declared):
            break
    return found


def first_lines(text: str, delimiter: str, quote: str) -> Iterator[Header]:
    """The first lines of a file that have a field, each as if it were the header.

    Every line is read by itself: a quote that a title leaves open swallows no header.

    Args:
        text: The beginning of a file.
        delimiter: Field separator.
        quote: Quote; empty: none.
    """
    start = 0
    for above in range(_HEADER_WITHIN):
        if start >= len(text):
            return
        end = _LINE_END.search(text, start)
        reader = csv.reader(
            io.StringIO(text[start:], newline=""),
            delimiter=delimiter,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        )
        try:
            fields = [name.strip(_PADDING) for name in next(reader, [])]
        except csv.Error:
            # A field without an end, which no name of a column is.
            fields = []
        if any(fields) and not SEPARATOR_LINE.fullmatch(text[start : end.start() if end else None]):
            names = [name or f"column_{index}" for index, name in enumerate(fields, start=1)]
            yield Header(names, above, start)
        start = end.end() if end else len(text)


def is_header(columns: Mapping[str, str]) -> str:
    """The condition that a row is the header once more.

    Args:
        columns: SQL of each column -> its name.
    """
    others = (f"{column} is distinct from {literal(name)}" for column, name in columns.items())
    return f"case {' '.join(f'when {each} then false' for each in others)} else true end"


def _mark_of(file: ScanFile) -> int:
    """Bytes of the byte order mark of a file."""
    with opened(file.path) as stream:
        return len(codecs.BOM_UTF8) if stream.read(3) == codecs.BOM_UTF8 else 0


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
    return ScanFile(file.landed, str(copy), file.lines_above, cut, repaired=True)


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
        undeclared = {f"x{index}": "VARCHAR" for index in range(len(extra))}
        return select_typed(
            table,
            given,
            source,
            unexpected,
            # Files that were joined have it once more.
            row_problems={HEADER: is_header(dict(zip(reader_names, header, strict=True)))},
            keys=table.filled_columns,
            undeclared=undeclared,
        )

    return Batch(files, select, extra, len(header))
