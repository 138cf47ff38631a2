"""What kind of file this is: format, encoding, delimiter and quote, inferred from its bytes."""

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path

from customer_platform.errors import UnreadableFileError
from customer_platform.ingestion.csv_reader import SEPARATOR_LINE, Header, first_lines
from customer_platform.ingestion.encoding import find_encoding
from customer_platform.ingestion.jsonl_reader import not_by_line
from customer_platform.ingestion.text_files import opened

_CHUNK = 1 << 20
_SAMPLE_LINES = 2_000
_FIRST_LINES = 20
_DELIMITERS = ",;\t|^~¦§:"
# A name that stands for an empty field of the header.
_NAMELESS = re.compile(r"column_\d+")
_DATED = re.compile(r".*\b\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b.*")
_MAGIC = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word document",
    b"\x1f\x8b": "compressed with gzip, without the ending .gz",
    b"\x28\xb5\x2f\xfd": "compressed with Zstandard, without the ending .zst",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3": "a SQLite database: give --connection and --table",
}


@dataclass(frozen=True)
class FileFormat:
    """How a file is written.

    Attributes:
        format: csv, jsonl or parquet.
        encoding: Encoding of CSV and JSONL.
        delimiter: CSV field separator.
        quote: CSV quote.
    """

    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'

    def __str__(self) -> str:
        if self.format == "parquet":
            return self.format
        delimiter = "tab" if self.delimiter == "\t" else self.delimiter
        behind = f", delimiter {delimiter}" if self.format == "csv" else ""
        return f"{self.format}, encoding {self.encoding}{behind}"


def check_file(path: Path) -> None:
    """Refuse what is no readable file.

    Raises:
        UnreadableFileError: It is absent, a directory, empty, or may not be read.
    """
    if path.is_dir():
        inside = sum(1 for each in path.iterdir() if each.is_file())
        raise UnreadableFileError(
            f"{path}: is a directory with {inside} files; name the files of one table after "
            f"another, for example {path}/*.csv"
        )
    if not path.exists():
        raise UnreadableFileError(f"{path}: there is no such file")
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise UnreadableFileError(f"{path}: empty, not one byte; give a file with rows")
    except PermissionError as error:
        raise UnreadableFileError(
            f"{path}: may not be read by this user ({error.strerror})"
        ) from error


def sniff(
    path: Path,
    delimiter: str | None = None,
    encoding: str | None = None,
    *,
    checked: bool = True,
) -> FileFormat:
    """Tell how a file is written.

    Args:
        path: A file; one that ends in .gz or .zst is read compressed.
        delimiter: The field separator, where it is known.
        encoding: The encoding, where it is known.
        checked: Whether to refuse a CSV file without rows, or whose header can't be one.

    Raises:
        UnreadableFileError: It is no CSV, JSONL or Parquet, mixes encodings, or has no rows.
    """
    check_file(path)
    with opened(str(path)) as stream:
        head = stream.read(_CHUNK)
    if head.startswith(b"PAR1"):
        return FileFormat("parquet")
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise UnreadableFileError(
                f"{path}: is {what}, whatever its name says; export it as CSV, JSONL or Parquet"
            )
    encoding = encoding or find_encoding([path])
    text = _sample(path, encoding)
    if not text.strip():
        raise UnreadableFileError(f"{path}: holds nothing but blanks; give a file with rows")
    form = not_by_line(text)
    if form is not None:
        raise UnreadableFileError(f"{path}: {form}")
    if _is_jsonl(text):
        return FileFormat("jsonl", encoding)
    quote = '"'
    found = delimiter or _said_in(text) or _delimiter(text, quote)
    if checked:
        _check_shape(path, text, found, quote, asked=delimiter is not None)
    return FileFormat("csv", encoding, found, quote)


def header_of(text: str, delimiter: str, quote: str) -> Header | None:
    """The header of a file whose columns are not declared, below titles that may be there.

    A line is a title when most of the fields that other lines have are empty in it, or when some
    are and it holds a date or number.

    Args:
        text: The beginning of the file.
        delimiter: Field separator.
        quote: Quote; empty: none.

    Returns:
        None where there is no line with a field.
    """
    first = list(first_lines(text, delimiter, quote))
    if not first:
        return None
    counts = [len(row) for row in _rows(text, delimiter, quote)]
    usual = max(set(counts), key=counts.count) if counts else 1
    for header in first:
        named = [name for name in header.names if not _NAMELESS.fullmatch(name)]
        dated = len(named) < usual and any(map(_is_date_or_number, named))
        if len(named) * 2 > usual and not dated:
            return header
    return first[0]


def _sample(path: Path, encoding: str) -> str:
    with opened(str(path)) as stream:
        data = stream.read(_CHUNK)
    text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")
    # The last line may be cut in the middle, and the first be the only one.
    return text if len(data) < _CHUNK else text.rpartition("\n")[0] or text


def _is_jsonl(text: str) -> bool:
    # JSON may hold any other line separator of Unicode as it is.
    lines = [line for line in text.split("\n") if line.strip()][:_FIRST_LINES]
    return sum(map(_is_json_object, lines)) * 2 > len(lines)


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line.removeprefix("\ufeff")), dict)
    except (ValueError, RecursionError):
        return False


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    """Fields of the first rows that have any value."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    rows = []
    try:
        for row in reader:
            if any(map(str.strip, row)):
                rows.append(row)
            if len(rows) >= _SAMPLE_LINES:
                break
    except csv.Error:
        return rows
    return rows


def _delimiter(text: str, quote: str) -> str:
    """The delimiter by which most lines have as many fields as the header, the most fields first.

    DuckDB's sniffer was tried: it knows four delimiters, and takes a date in the header's place.
    """
    best, best_score = ",", (0.0, 0)
    for candidate in _DELIMITERS:
        rows, header = _rows(text, candidate, quote), header_of(text, candidate, quote)
        if header is None or len(header.names) < 2:
            continue
        fields = len(header.names)
        even = sum(len(row) == fields for row in rows) / len(rows)
        if (round(even, 2), fields) > best_score:
            best, best_score = candidate, (round(even, 2), fields)
    return best


def _check_shape(path: Path, text: str, delimiter: str, quote: str, asked: bool) -> None:
    found = header_of(text, delimiter, quote)
    header = found.names if found else []
    rows = _rows(text[found.start :] if found else "", delimiter, quote)
    if len(rows) < 2:
        raise UnreadableFileError(
            f"{path}: a header and no rows; give a file with rows, so that types can be inferred"
        )
    if len(header) == 1 and not asked:
        raise UnreadableFileError(
            f"{path}: one column only, {header[0]!r}. If its fields are separated by something "
            "unusual, say by what, with --delimiter; if it is one column, --delimiter , says so"
        )
    named = [name for name in header if not _NAMELESS.fullmatch(name)]
    values = sum(map(_is_value, named))
    if values * 2 > len(named) or any("@" in name for name in named):
        shown = ", ".join(header[:5])
        raise UnreadableFileError(
            f"{path}: no header: the first line reads {shown}; give the columns names in the "
            "first line"
        )
    for count in _even_counts(rows):
        if count != len(header):
            raise UnreadableFileError(
                f"{path}: the header has {len(header)} fields, most lines have {count}; have the "
                "source deliver a name for every field, or say what parts them with --delimiter"
            )


def _even_counts(rows: list[list[str]]) -> list[int]:
    """The number of fields of at least nine lines out of ten, if there is one."""
    counts = [len(row) for row in rows[1:]]
    usual = max(set(counts), key=counts.count)
    return [usual] if counts.count(usual) >= 0.9 * len(counts) else []


def _said_in(text: str) -> str | None:
    """The delimiter that Excel has written into the first line."""
    said = SEPARATOR_LINE.match(text.lstrip())
    return said[1] if said else None


def _is_date_or_number(name: str) -> bool:
    return _is_value(name) or _DATED.fullmatch(name) is not None


def _is_value(name: str) -> bool:
    """Whether a header's field is a number; years may be columns, but not most of them."""
    try:
        float(name)
    except ValueError:
        return False
    return name.lower() not in ("nan", "inf", "infinity")
