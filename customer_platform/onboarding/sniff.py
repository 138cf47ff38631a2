"""What kind of file this is: format, encoding, delimiter and quote, told from its bytes."""

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path

from customer_platform.ingestion.errors import IngestionError
from customer_platform.ingestion.text_files import opened
from customer_platform.onboarding.encoding import find_encoding
from customer_platform.onboarding.errors import OnboardingError

_CHUNK = 1 << 20
_SAMPLE_LINES = 2_000
_FIRST_LINES = 20
_DELIMITERS = ",;\t|^~¦§:"
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
# How a delimiter is said that is hard to type.
_SAID = {"\\t": "\t", "tab": "\t"}


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
        parted = "tab" if self.delimiter == "\t" else self.delimiter
        behind = f", delimiter {parted}" if self.format == "csv" else ""
        return f"{self.format}, encoding {self.encoding}{behind}"


def known_delimiter(said: str) -> str:
    r"""The delimiter that the user has said; `\t` and `tab` are a tab.

    Raises:
        OnboardingError: It is not one character.
    """
    delimiter = _SAID.get(said, said)
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise OnboardingError(
            f"--delimiter {said!r}: fields are parted by one character, and by no quote or line "
            "end; write for example ; or | or \\t (a tab)"
        )
    return delimiter


def check_file(path: Path) -> None:
    """Refuse what is no readable file.

    Raises:
        OnboardingError: It is absent, a directory, empty, or may not be read.
    """
    if path.is_dir():
        inside = sum(1 for each in path.iterdir() if each.is_file())
        raise OnboardingError(
            f"{path}: is a directory with {inside} files; name the files of one table after "
            f"another, for example {path}/*.csv"
        )
    if not path.exists():
        raise OnboardingError(f"{path}: there is no such file")
    try:
        with path.open("rb") as stream:
            if not stream.read(1):
                raise OnboardingError(f"{path}: empty, not one byte; give a file with rows")
    except PermissionError as error:
        raise OnboardingError(f"{path}: may not be read by this user ({error.strerror})") from error


def sniff(path: Path, delimiter: str | None = None, encoding: str | None = None) -> FileFormat:
    """Tell how a file is written.

    Args:
        path: A file; one that ends in .gz or .zst is read compressed.
        delimiter: The field separator, where it is known.
        encoding: The encoding, where it is known.

    Raises:
        OnboardingError: It is no CSV, JSONL or Parquet, mixes encodings, or has no rows.
    """
    check_file(path)
    try:
        with opened(str(path)) as stream:
            head = stream.read(_CHUNK)
    except IngestionError as error:
        raise OnboardingError(str(error)) from error
    if head.startswith(b"PAR1"):
        return FileFormat("parquet")
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise OnboardingError(
                f"{path}: is {what}, whatever its name says; export it as CSV, JSONL or Parquet"
            )
    encoding = encoding or find_encoding([path])
    text = _sample(path, encoding)
    if not text.strip():
        raise OnboardingError(f"{path}: holds nothing but blanks; give a file with rows")
    if text.lstrip().startswith("["):
        _refuse_json_array(path, text)
    if _is_jsonl(text):
        return FileFormat("jsonl", encoding)
    quote = '"'
    found = delimiter or _delimiter(text, quote)
    _check_shape(path, text, found, quote, asked=delimiter is not None)
    return FileFormat("csv", encoding, found, quote)


def _sample(path: Path, encoding: str) -> str:
    with opened(str(path)) as stream:
        data = stream.read(_CHUNK)
    text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace")
    # The last line may be cut in the middle.
    return text if len(data) < _CHUNK else text.rpartition("\n")[0]


def _refuse_json_array(path: Path, text: str) -> None:
    try:
        json.JSONDecoder().raw_decode(text.lstrip()[1:].lstrip())
    except ValueError:
        return
    raise OnboardingError(
        f"{path}: is one JSON array; write one object a line (JSONL), for instance with jq -c '.[]'"
    )


def _is_jsonl(text: str) -> bool:
    lines = [line for line in text.splitlines() if line.strip()][:_FIRST_LINES]
    return sum(map(_is_json_object, lines)) * 2 > len(lines)


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    rows = []
    try:
        for row in reader:
            if row:
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
        rows = _rows(text, candidate, quote)
        if not rows or len(rows[0]) < 2:
            continue
        fields = len(rows[0])
        even = sum(len(row) == fields for row in rows) / len(rows)
        if (round(even, 2), fields) > best_score:
            best, best_score = candidate, (round(even, 2), fields)
    return best


def _check_shape(path: Path, text: str, delimiter: str, quote: str, asked: bool) -> None:
    rows = _rows(text, delimiter, quote)
    header = rows[0] if rows else []
    if len(rows) < 2:
        raise OnboardingError(
            f"{path}: a header and no rows; give a file with rows, so that types can be told"
        )
    if len(header) == 1 and not asked:
        raise OnboardingError(
            f"{path}: one column only, {header[0]!r}. If its fields are parted by something "
            "unusual, say by what, with --delimiter; if it is one column, --delimiter , says so"
        )
    named = [name.strip() for name in header if name.strip()]
    values = sum(map(_is_value, named))
    if values * 2 > len(named) or any("@" in name for name in named):
        shown = ", ".join(header[:5])
        raise OnboardingError(
            f"{path}: no header: the first line reads {shown}; give the columns names in the "
            "first line"
        )
    for count in _even_counts(rows):
        if count != len(header):
            raise OnboardingError(
                f"{path}: the header has {len(header)} fields, most lines have {count}; have the "
                "source deliver a name for every field, or say what parts them with --delimiter"
            )


def _even_counts(rows: list[list[str]]) -> list[int]:
    """The number of fields of at least nine lines out of ten, if there is one."""
    counts = [len(row) for row in rows[1:]]
    usual = max(set(counts), key=counts.count)
    return [usual] if counts.count(usual) >= 0.9 * len(counts) else []


def _is_value(name: str) -> bool:
    """Whether a header's field is a number; years may be columns, but not most of them."""
    try:
        float(name)
    except ValueError:
        return False
    return name.lower() not in ("nan", "inf", "infinity")
