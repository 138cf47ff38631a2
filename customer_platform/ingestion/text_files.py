"""Text files as they land: compressed or not, in any encoding."""

import codecs
import gzip
import io
import shutil
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from customer_platform.errors import UnreadableFileError
from customer_platform.ingestion.landing import LandedFile

_CHUNK = 1 << 22

# UTF-32 first: its mark begins with that of UTF-16.
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

# Bytes that are no text in the declared encoding pass through unchanged, so that DuckDB rejects
# the rows they are in and no others.
_KEEP_BYTES = "surrogateescape"


@dataclass(frozen=True)
class CutLine:
    """A line removed before reading, because its quote would swallow the lines after it."""

    line: int
    text: str


@dataclass
class ScanFile:
    """A file on its way through DuckDB.

    Attributes:
        landed: The file in the landing zone.
        path: What DuckDB reads: the landed file, or a plain UTF-8 copy of it.
        lines_above: Lines above the header of a CSV file, which the copy leaves out.
        cut: Lines that the copy leaves out as well, in order; counted from the header on.
        repaired: Whether broken quotes have been removed already.
    """

    landed: LandedFile
    path: str = ""
    lines_above: int = 0
    cut: list[CutLine] = field(default_factory=list)
    repaired: bool = False

    def __post_init__(self) -> None:
        self.path = self.path or str(self.landed.path)

    def landed_line(self, line: int) -> int:
        """The line in the landed file of a line in the file that DuckDB reads."""
        for cut in self.cut:
            if cut.line <= line:
                line += 1
        return self.lines_above + line


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """Open for reading, decompressed by the ending of the name.

    Raises:
        UnreadableFileError: The compressed stream is not what its name says, or cut off.
    """
    try:
        if path.endswith(".gz"):
            with gzip.open(path, "rb") as stream:
                yield cast(BinaryIO, stream)
        elif path.endswith(".zst"):
            with pa.input_stream(path, compression="zstd") as stream:
                # By itself the stream cannot be read line by line.
                yield cast(BinaryIO, io.BufferedReader(stream))
        else:
            with open(path, "rb") as stream:
                yield stream
    except (EOFError, OSError, zlib.error) as error:
        # What the operating system refuses has a number; what cannot be decompressed has none.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise UnreadableFileError(
            f"{path}: damaged or cut off ({error}); have the source deliver it again"
        ) from error


def check_encoding(file: ScanFile, declared: str) -> None:
    """Refuse a file whose first bytes say that it is not in the declared encoding.

    Raises:
        UnreadableFileError: The file is UTF-16 or UTF-32 and declared as something else, or
            the other way around.
    """
    with opened(file.path) as stream:
        head = stream.read(1 << 12)
    found = wide_encoding(head)
    wide = declared.startswith(("utf-16", "utf-32"))
    if found and not wide:
        raise UnreadableFileError(
            f"{file.landed.path}: is {found.upper()}, and declared as {declared}; have the source "
            f"deliver {declared} as before, or declare `encoding: {found}` where all its files are"
        )
    if wide and head and not found and b"\0" not in head:
        raise UnreadableFileError(
            f"{file.landed.path}: is not {declared.upper()}, the declared encoding; have the "
            "source deliver it as before, or declare the encoding that all its files have"
        )


def wide_encoding(head: bytes) -> str:
    """UTF-16 or UTF-32, by the byte order mark or by zeros among a file's first bytes; else ''."""
    for mark, encoding in _WIDE_MARKS.items():
        if head.startswith(mark):
            return encoding
    even, odd = head[::2], head[1::2]
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) > 0.5 * len(zeros) and not others.count(0):
            return encoding
    return ""


def check_not_empty(file: ScanFile) -> None:
    """Refuse a file without a single byte.

    Raises:
        UnreadableFileError: The file has zero bytes.
    """
    if file.landed.size == 0:
        raise UnreadableFileError(
            f"{file.landed.path}: empty file: no header, not one byte; have the source deliver it "
            "again"
        )


def undecodable(encoding: str) -> str:
    """What is done with bytes that are not in an encoding: they survive, or are marked."""
    return _KEEP_BYTES if encoding == "utf-8" else "replace"


def read_text(path: str, size: int = -1) -> str:
    """A UTF-8 file, or its first bytes, without byte order mark.

    Bytes that are not UTF-8 survive.
    """
    with opened(path) as stream:
        return stream.read(size).decode("utf-8", _KEEP_BYTES).removeprefix("\ufeff")


def size_in_bytes(text: str) -> int:
    """How many bytes of a file a text is that `read_text` gave."""
    return len(text.encode("utf-8", _KEEP_BYTES))


def lines_at(path: str, starts: Sequence[int]) -> list[int]:
    """The 1-based lines that begin at byte positions given in ascending order.

    A position may point at the line ends before its line.
    """
    with opened(path) as stream:
        content = stream.read()
    numbers, line, position = [], 1, 0
    for start in starts:
        while content[start : start + 1] in (b"\r", b"\n"):
            start += 1
        line += content.count(b"\n", position, start)
        position = start
        numbers.append(line)
    return numbers


def copy_from(file: ScanFile, start: int, lines_above: int, folder: Path) -> None:
    """Let DuckDB read a plain copy of a file from its header on.

    DuckDB can skip lines itself, and reads no row at all where they end differently from others.

    Args:
        file: The file.
        start: Position of the header in bytes.
        lines_above: Lines above it.
        folder: Where the copy is made.
    """
    copy = folder / f"{len(list(folder.iterdir()))}.headed"
    with opened(file.path) as stream, open(copy, "wb") as target:
        remaining = start
        while remaining and (passed := stream.read(min(remaining, _CHUNK))):
            remaining -= len(passed)
        shutil.copyfileobj(stream, target, _CHUNK)
    file.path, file.lines_above = str(copy), lines_above


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file; bytes that `read_text` let through come out as they were."""
    path.write_bytes(text.encode("utf-8", _KEEP_BYTES))


def transcode(file: ScanFile, encoding: str, folder: Path) -> None:
    """Let DuckDB read a plain UTF-8 copy of a file in another encoding.

    DuckDB without its downloadable extension knows two encodings besides UTF-8; this way every
    one that Python knows will do, and all files take one path.

    Raises:
        UnreadableFileError: The file is not in the encoding, in such a way that nothing says
            where its lines are.
    """
    copy = folder / f"{len(list(folder.iterdir()))}.utf8"
    with opened(file.path) as stream, open(copy, "wb") as target:
        try:
            for text in _decoded(stream, encoding):
                target.write(text.encode("utf-8", _KEEP_BYTES))
        except UnicodeError as error:
            raise UnreadableFileError(
                f"{file.landed.path}: not {encoding}, the declared encoding, or cut off "
                f"({error.reason if isinstance(error, UnicodeDecodeError) else error}); have the "
                "source deliver it again, or declare the encoding that it has"
            ) from error
    file.path = str(copy)


def _decoded(stream: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(_KEEP_BYTES)
    while chunk := stream.read(_CHUNK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)
