"""Text files as they land: compressed or not, in any encoding."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from customer_platform.ingestion.errors import UnreadableFileError
from customer_platform.ingestion.landing import LandedFile

_CHUNK = 1 << 22

# Bytes that are no text in the declared encoding pass through unchanged, so that DuckDB rejects
# the rows they are in and no others.
_KEEP_BYTES = "surrogateescape"


@dataclass(frozen=True)
class CutLine:
    """A line taken out before reading, because its quote would swallow the lines after it."""

    line: int
    text: str


@dataclass
class ScanFile:
    """A file on its way through DuckDB.

    Attributes:
        landed: The file in the landing zone.
        path: What DuckDB reads: the landed file, or a plain UTF-8 copy of it.
        cut: Lines that the copy leaves out, in order.
        repaired: Whether broken quotes have been taken out already.
    """

    landed: LandedFile
    path: str = ""
    cut: list[CutLine] = field(default_factory=list)
    repaired: bool = False

    def __post_init__(self) -> None:
        self.path = self.path or str(self.landed.path)

    def landed_line(self, line: int) -> int:
        """The line in the landed file of a line in the file that DuckDB reads."""
        for cut in self.cut:
            if cut.line <= line:
                line += 1
        return line


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


def read_text(path: str) -> str:
    """The whole of a UTF-8 file, without byte order mark; bytes that are not UTF-8 survive."""
    with opened(path) as stream:
        return stream.read().decode("utf-8", _KEEP_BYTES).removeprefix("\ufeff")


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


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 file; bytes that `read_text` let through come out as they were."""
    path.write_bytes(text.encode("utf-8", _KEEP_BYTES))


def transcode(file: ScanFile, encoding: str, folder: Path) -> None:
    """Let DuckDB read a plain UTF-8 copy of a file in another encoding.

    DuckDB without its downloadable extension knows two encodings besides UTF-8; this way every
    one that Python knows will do, and all files take one path.
    """
    copy = folder / f"{len(list(folder.iterdir()))}.utf8"
    with opened(file.path) as stream, open(copy, "wb") as target:
        reader = _decoded(stream, encoding)
        for text in reader:
            target.write(text.encode("utf-8", _KEEP_BYTES))
    file.path = str(copy)


def _decoded(stream: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(_KEEP_BYTES)
    while chunk := stream.read(_CHUNK):
        yield decoder.decode(chunk)
    yield decoder.decode(b"", final=True)
