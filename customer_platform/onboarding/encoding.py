"""Which encoding text files are in, told from their bytes."""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from charset_normalizer import from_bytes

from customer_platform.ingestion.text_files import opened
from customer_platform.onboarding.errors import OnboardingError
from customer_platform.onboarding.spelling import (
    misplaced_signs,
    misspelt,
    share_of_other_scripts,
)

_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8"}
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
        OnboardingError: They are no text, or mix encodings.
    """
    wide = {_of_two_bytes(path) for path in paths}
    if len(wide) == 1 and (encoding := wide.pop()):
        return encoding
    if wide:
        raise OnboardingError(
            f"{paths[0]}, {paths[-1]}: some are UTF-16 and some are not; have the source deliver "
            "one encoding, best UTF-8"
        )
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
            raise OnboardingError(
                f"{paths[0]}: mixed encodings: {utf8} is UTF-8, {other} is not. Have the source "
                "deliver one encoding, best UTF-8"
            )
    return single_byte_encoding(kept) if kept else "utf-8"


def known_encoding(name: str, paths: Sequence[Path]) -> str:
    """An encoding that the user has said, as Python names it.

    Raises:
        OnboardingError: There is no such encoding, or a file is not in it.
    """
    try:
        encoding = codecs.lookup(name).name
        "".encode(encoding)  # refuses what Python decodes and is no text, such as base64
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError as error:
        raise OnboardingError(
            f"--encoding {name}: unknown; use a name such as utf-8, cp1252 or iso8859-2"
        ) from error
    for path in paths:
        number = 0
        try:
            for number, line in _numbered_lines(path):  # noqa: B007
                decoder.decode(line)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise OnboardingError(
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


def _of_two_bytes(path: Path) -> str:
    """UTF-16, by its byte order mark or by a zero in every second byte; else nothing."""
    with opened(str(path)) as stream:
        head = stream.read(1 << 16)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding if encoding != "utf-8" else ""
    if b"\x00" not in head:
        return ""
    even, odd = head[::2], head[1::2]
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) > 0.5 * len(zeros) and not others.count(0):
            return encoding
    raise OnboardingError(
        f"{path}: holds zero bytes, so it is no text; export it as CSV, JSONL or Parquet"
    )


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
