"""Values in files: in their bytes, and in what those hold compressed or encoded."""

import bz2
import gzip
import io
import lzma
import re
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa

from customer_platform.privacy.scanning.databases import scan_duckdb, scan_parquet, scan_sqlite
from customer_platform.privacy.scanning.finder import BLOCK, IN_USE, Finder

_ZSTD = b"\x28\xb5\x2f\xfd"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_DECOMPRESSED: dict[bytes, Callable[[BinaryIO], object]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
    _ZSTD: lambda stream: pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"),
}
# At most so many layers of compression are taken off: a file can be made that has no end of them.
_DEPTH = 3

_HEAD = 16
_IN_USE = re.compile(r"\block(ed)?\b|handle conflict", re.IGNORECASE)


def scan_file(path: Path, finder: Finder) -> None:
    """Looks through a file's bytes and its contents.

    What can't be read is kept by the finder.
    """
    import duckdb

    try:
        with open(path, "rb") as stream:
            finder.stream(stream)
            stream.seek(0)
            head = stream.read(_HEAD)
            stream.seek(0)
            if decode := _decoder(head):
                decode(path, finder)
            else:
                _scan_contents(stream, head, finder, "", 1)
    except duckdb.Error as error:
        # What DuckDB says may quote values.
        finder.unread(_said(error, f"DuckDB's {type(error).__name__}"))
    except sqlite3.Error as error:
        finder.unread(_said(error, f"SQLite says {error}"))
    except pa.ArrowException as error:
        finder.unread(f"Arrow's {type(error).__name__}")
    except (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        finder.unread(f"{type(error).__name__}, {getattr(error, 'strerror', None) or 'damaged'}")
    except (RuntimeError, NotImplementedError):
        # What zipfile raises of a member with a password, or compressed in a way it doesn't know.
        finder.unread("encrypted, or compressed in an unknown way")


def is_container(head: bytes) -> bool:
    """Whether a file that begins so is compressed, an archive or a database."""
    return _decoder(head) is not None or head.startswith((*_ZIP, *_DECOMPRESSED))


def _decoder(head: bytes) -> Callable[[Path, Finder], None] | None:
    if head.startswith(b"PAR1"):
        return scan_parquet
    if head.startswith(b"SQLite format 3\0"):
        return scan_sqlite
    return scan_duckdb if head[8:12] == b"DUCK" else None


def _scan_contents(stream: BinaryIO, head: bytes, finder: Finder, within: str, depth: int) -> None:
    """Looks through what a stream holds compressed, and what that holds, too."""
    if head.startswith(_ZIP):
        with zipfile.ZipFile(stream) as archive:
            for member in archive.infolist():
                if not member.is_dir():
                    with archive.open(member) as opened:
                        named = f"{within}member {member.filename}, "
                        _scan_layer(cast(BinaryIO, opened), finder, named, depth)
        return
    for mark, decompress in _DECOMPRESSED.items():
        if head.startswith(mark):
            _scan_layer(cast(BinaryIO, decompress(stream)), finder, f"{within}contents, ", depth)


def _scan_layer(stream: BinaryIO, finder: Finder, within: str, depth: int) -> None:
    """Looks through decompressed bytes; of what they hold, too, from a temporary copy."""
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), BLOCK)
    head = buffered.peek(_HEAD)[:_HEAD]
    decode = _decoder(head)
    if not is_container(head):
        finder.stream(cast(BinaryIO, buffered), within)
        return
    if depth == _DEPTH:
        finder.unread(f"{within}compressed more than {_DEPTH} times")
        return
    with tempfile.NamedTemporaryFile() as copy:
        shutil.copyfileobj(buffered, copy, BLOCK)
        copy.seek(0)
        finder.stream(cast(BinaryIO, copy), within)
        copy.seek(0)
        if decode:
            inner = Finder(finder.needles, finder.path)
            decode(Path(copy.name), inner)
            for place in inner.places:
                if place.value is not None and place.form != "unread":
                    finder.add(f"{within}{place.where}", place.form, place.value)
        else:
            _scan_contents(cast(BinaryIO, copy), head, finder, within, depth + 1)


def _said(error: Exception, otherwise: str) -> str:
    """Whether a database is in use, which is no fault of the file."""
    return IN_USE if _IN_USE.search(str(error)) else otherwise
