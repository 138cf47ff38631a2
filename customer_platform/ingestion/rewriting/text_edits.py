"""Records of text files, cut out and changed without touching any other byte."""

import codecs
import json
from collections.abc import Iterable, Mapping, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from customer_platform.errors import PrivacyError
from customer_platform.ingestion.records import field_spans

_KEEP = "surrogateescape"
_MARKS = {
    "utf-8": (codecs.BOM_UTF8,),
    "utf-8-sig": (codecs.BOM_UTF8,),
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-16-le": (codecs.BOM_UTF16_LE,),
    "utf-16-be": (codecs.BOM_UTF16_BE,),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "utf-32-le": (codecs.BOM_UTF32_LE,),
    "utf-32-be": (codecs.BOM_UTF32_BE,),
}
_BY_MARK = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_BLANKS = " \t\r\n"

# Position of the first character, position behind the last one, what is written there instead.
Edit = tuple[int, int, str]


class Text:
    """The text of a file, which can be changed.

    Attributes:
        text: The text, without byte order mark.

    Args:
        path: The file, for messages.
        content: Its bytes, decompressed.
        encoding: Its declared encoding.

    Raises:
        PrivacyError: Its bytes can't be told from its text.
    """

    def __init__(self, path: Path, content: bytes, encoding: str) -> None:
        self._path = path
        self._mark = next((m for m in _MARKS.get(encoding, ()) if content.startswith(m)), b"")
        self._encoding = _BY_MARK.get(self._mark, encoding)
        if self._encoding in ("utf-16", "utf-32"):
            # Without a mark, Python reads it as this machine writes it.
            self._encoding += "-le"
        self.text = content[len(self._mark) :].decode(self._encoding, _KEEP)
        if self._mark + self._encoded(self.text) != content:
            raise PrivacyError(
                f"{path}: can't be rewritten: in {encoding} one text can be written in several "
                "ways. Have the source deliver it without the rows"
            )

    def changed(self, edits: Iterable[Edit]) -> bytes:
        """The bytes of the file with pieces of its text replaced.

        Raises:
            PrivacyError: The encoding lacks a character.
        """
        pieces, position = [self._mark], 0
        for start, end, written in sorted(edits):
            pieces += [self._encoded(self.text[position:start]), self._encoded(written)]
            position = end
        return b"".join([*pieces, self._encoded(self.text[position:])])

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode(self._encoding, _KEEP)
        except UnicodeEncodeError as error:
            raise PrivacyError(
                f"{self._path}: what is to be written can't be in {self._encoding}"
            ) from error


def compressed_like(path: Path, content: bytes, made: Path) -> None:
    """Writes a file compressed as the name of another says."""
    if path.name.endswith(".gz"):
        import gzip

        # Neither name nor time in it: the same content is the same file.
        with open(made, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as stream:
            stream.write(content)
    elif path.name.endswith(".zst"):
        with pa.output_stream(str(made), compression="zstd") as stream:
            cast(BinaryIO, stream).write(content)
    else:
        made.write_bytes(content)


def csv_edits(
    path: Path,
    text: str,
    header: Sequence[str],
    start: int,
    written: Mapping[str, str | None],
    delimiter: str,
    quote: str,
) -> list[Edit]:
    """Changes fields of one record.

    Args:
        path: The file, for messages.
        text: The record.
        header: The columns.
        start: Position of the record.
        written: By column, what is written; None: nothing.
        delimiter: Field separator.
        quote: Quote; empty: none.

    Raises:
        PrivacyError: The file lacks a column, or can't hold the text.
    """
    spans = field_spans(text, delimiter, quote)
    edits = []
    for column, value in written.items():
        if column not in header or header.index(column) >= len(spans):
            raise PrivacyError(f"{path}: has no column {column!r} that could be changed")
        first, last = spans[header.index(column)]
        was_quoted = bool(quote) and text[first:last].strip(" ").startswith(quote)
        edits.append(
            (start + first, start + last, _field(path, value, delimiter, quote, was_quoted))
        )
    return edits


def json_edits(path: Path, text: str, start: int, written: Mapping[str, str | None]) -> list[Edit]:
    """Changes values of an object on one line; a key that it lacks has no value already.

    Args:
        path: The file, for messages.
        text: The line.
        start: Its position.
        written: By key, what is written; None: null.

    Raises:
        PrivacyError: A key that is to get a value isn't there.
    """
    spans = _values(text)
    edits = []
    for key, value in written.items():
        if key in spans:
            first, last = spans[key]
            edits.append((start + first, start + last, json.dumps(value)))
        elif value is not None:
            raise PrivacyError(f"{path}: a row has no key {key!r} that could be changed")
    return edits


def _field(path: Path, value: str | None, delimiter: str, quote: str, was_quoted: bool) -> str:
    if value is None:
        return ""
    special = any(each in value for each in (delimiter, "\r", "\n", *([quote] if quote else [])))
    if not quote and (special or not value):
        raise PrivacyError(
            f"{path}: its fields aren't quoted, so none can hold a delimiter, a line end or an "
            "empty text"
        )
    if was_quoted or special or value != value.strip() or not value:
        return f"{quote}{value.replace(quote, quote * 2)}{quote}"
    return value


def _values(text: str) -> dict[str, tuple[int, int]]:
    """Where the values of an object begin and end, by key."""
    decoder = json.JSONDecoder(strict=False)
    spans = {}
    position = _behind_blanks(text, text.index("{") + 1)
    while text[position] == '"':
        key, position = scanstring(text, position + 1, False)
        position = _behind_blanks(text, _behind_blanks(text, position) + 1)
        _, end = decoder.raw_decode(text, position)
        spans[key] = position, end
        position = _behind_blanks(text, _behind_blanks(text, end) + 1)
        if position >= len(text):
            break
    return spans


def _behind_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    return position
