"""Which encoding text files are in, told from their bytes."""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from charset_normalizer import from_bytes

from customer_platform.errors import UnreadableFileError
from customer_platform.ingestion.spelling import (
    misplaced_signs,
    misspelt,
    share_of_other_scripts,
)
from customer_platform.ingestion.text_files import opened, wide_encoding

# Lines that are looked at closely; all others are only told UTF-8 or not.
_MOST_KEPT = 2_000
_USUAL = "cp1252"
# Single-byte encodings of Latin text, the likeliest first, and the languages written in each.
_LATIN = {
    _USUAL: "western",
    "cp1250": "central",
    "iso8859_2": "central",
    "cp1254": "turkish",
    "cp1257": "baltic",
    "iso8859_15": "western",
    "cp850": "western",
    "mac_roman": "western",
}
# Encodings that differ in so few letters that they are taken for each other.
_ALIKE = {"cp1253": ["iso8859_7"]}
# The share of words that are of another script alone, from which the text is.
_OF_ANOTHER_SCRIPT = 0.8


def find_encoding(paths: Sequence[Path]) -> str:
    """The encoding of the text files of one table, as Python names it.

    UTF-8 is told for certain. A single-byte encoding is the usual one of western Europe, unless
    another gives clearly better spelt words, or words of another script.

    Args:
        paths: The files.

    Raises:
        UnreadableFileError: They are no text, or mix encodings.
    """
    wide = {path: _wide(path) for path in paths}
    if len(set(wide.values())) > 1:
        named = ", ".join(f"{path} is {found.upper()}" for path, found in wide.items() if found)
        raise UnreadableFileError(
            f"{named}, and other files of the table are not; have the source deliver one "
            "encoding, best UTF-8"
        )
    if any(wide.values()):
        return wide[paths[0]]
    utf8: str | None = None
    other: str | None = None
    kept: list[bytes] = []
    for path, number, line in _lines_beyond_ascii(paths):
        if _is_utf8(line):
            utf8 = utf8 or _place(path, number, paths)
        else:
            other = other or _place(path, number, paths)
            if len(kept) < _MOST_KEPT:
                kept.append(line)
        if utf8 and other:
            raise UnreadableFileError(
                f"{paths[0]}: mixed encodings: {utf8} is UTF-8, {other} is not. Have the source "
                "deliver one encoding, best UTF-8"
            )
    return single_byte_encoding(kept) if kept else "utf-8"


def known_encoding(name: str, paths: Sequence[Path]) -> str:
    """An encoding that the user has said, as Python names it.

    Raises:
        UnreadableFileError: There is no such encoding, or a file is not in it.
    """
    try:
        encoding = codecs.lookup(name).name
        "".encode(encoding)  # refuses what Python decodes and is no text, such as base64
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise UnreadableFileError(
            f"--encoding {name}: unknown; use a name such as utf-8, cp1252 or iso8859-2"
        ) from error
    for path in paths:
        number = 0
        try:
            for number, line in _numbered_lines(path):  # noqa: B007
                decoder.decode(line)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise UnreadableFileError(
                f"{path}: --encoding {name}: line {number} is not in it ({error.reason}); "
                "leave the option out to have the encoding found"
            ) from error
    return encoding


def single_byte_encoding(lines: Sequence[bytes]) -> str:
    """The most likely encoding of lines that are not UTF-8.

    Args:
        lines: Lines with bytes beyond ASCII.
    """
    data = b"\n".join(lines)
    costs = {
        encoding: misspelt(data.decode(encoding, "replace"), languages)
        for encoding, languages in _LATIN.items()
    }
    best = min(costs, key=lambda encoding: costs[encoding])
    if costs[best]:
        guess = from_bytes(data).best()
        if guess is not None and share_of_other_scripts(str(guess)) >= _OF_ANOTHER_SCRIPT:
            return min(
                [guess.encoding, *_ALIKE.get(guess.encoding, [])],
                key=lambda encoding: misplaced_signs(data.decode(encoding, "replace")),
            )
    # A few words of other languages misspell themselves in any encoding.
    return best if costs[best] * 2 < costs[_USUAL] else _USUAL


def _wide(path: Path) -> str:
    """UTF-16 or UTF-32; nothing where it is neither."""
    with opened(str(path)) as stream:
        head = stream.read(1 << 16)
    encoding = wide_encoding(head)
    if not encoding and b"\x00" in head:
        raise UnreadableFileError(
            f"{path}: holds zero bytes, so it is no text; export it as CSV, JSONL or Parquet"
        )
    return encoding


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with opened(str(path)) as stream:
        yield from enumerate(stream, start=1)


def _lines_beyond_ascii(paths: Iterable[Path]) -> Iterator[tuple[Path, int, bytes]]:
    for path in paths:
        for number, line in _numbered_lines(path):
            if not line.isascii():
                yield path, number, line


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _place(path: Path, number: int, paths: Sequence[Path]) -> str:
    return f"line {number}" if len(paths) == 1 else f"line {number} of {path}"
