"""The proof that nothing of a person is left below a folder.

Every file is looked through for every value: its bytes; what gzip, zstd, bzip2, xz and zip have
compressed, up to three layers of it; and the columns of Parquet, DuckDB and SQLite files. A value
is found in any mixture of upper and lower case, as UTF-8, Latin-1, Windows-1252, UTF-16,
hexadecimal or base64, and as JSON, Python, URLs, HTML and SQL escape it.

What it doesn't find:

- a value of fewer than six bytes within other text: any file has some by chance. In columns it is
  found as a whole value; `Scan.too_short` names such values;
- a value that was put together with others before it was encoded: hashed, encrypted, or base64 of
  what is compressed;
- what was deleted and is still in a DuckDB file: it is compressed there, and in no table. It is
  gone once the file was compacted.

A number of up to 18 digits, or a date, is found as a whole value in a column of numbers or dates,
too. A value of six or seven bytes may stand in compressed bytes by chance, for a thousand people
about twice a gigabyte.

What is looked for are keyed hashes (`Sought`): with the secret they can be kept, and the scan
repeated, when nothing has the values any more.
"""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from customer_platform.errors import PrivacyError
from customer_platform.privacy.scanning.contents import scan_file
from customer_platform.privacy.scanning.finder import Finder, Place
from customer_platform.privacy.scanning.needles import Needles
from customer_platform.privacy.scanning.sought import Sought, sought_of

__all__ = ["Place", "Scan", "Sought", "scan"]


@dataclass(frozen=True)
class Scan:
    """What a scan has found.

    Attributes:
        files: How many files were looked through.
        bytes: How many bytes those have.
        places: Where values stand, and which files could not be read.
        too_short: Indices of the values that were looked up as whole values in columns only, or,
            as they are blank, not at all.
    """

    files: int
    bytes: int
    places: tuple[Place, ...] = ()
    too_short: tuple[int, ...] = ()

    @property
    def unread(self) -> tuple[Place, ...]:
        """What could not be read, which makes the scan no proof."""
        return tuple(place for place in self.places if place.form == "unread")

    @property
    def found(self) -> tuple[Place, ...]:
        """Where values stand."""
        return tuple(place for place in self.places if place.form != "unread")


def scan(folder: Path, values: Sought | Sequence[str], skip: Collection[Path] = ()) -> Scan:
    """Looks for values in every file below a folder, and in the files' names.

    Symbolic links are not followed: what they point to inside the folder is looked through where
    it is.

    Args:
        folder: The folder.
        values: The values, or what is kept of them. A place says which of them by its index, and
            never quotes it.
        skip: Files and folders that aren't looked into; relative ones are below the folder.

    Raises:
        PrivacyError: The folder isn't there.
    """
    if not folder.is_dir():
        raise PrivacyError(f"{folder}: there is no such folder, so nothing can be proved of it")
    sought = sought_of(values)
    needles = Needles(sought)

    def looked_through(each: tuple[Path, OSError | None]) -> tuple[int, int, list[Place]]:
        path, failure = each
        finder = Finder(needles, path.relative_to(folder).as_posix())
        return _scan_path(path, failure, finder)

    skipped = {folder / each for each in skip}
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        found = list(threads.map(looked_through, _below(folder, skipped)))
    return Scan(
        sum(files for files, _, _ in found),
        sum(size for _, size, _ in found),
        tuple(place for _, _, places in found for place in places),
        sought.too_short,
    )


def _scan_path(path: Path, failure: OSError | None, finder: Finder) -> tuple[int, int, list[Place]]:
    """Looks through one file; how many it was, its size, and what was found."""
    _scan_name(path, finder)
    if failure is not None:
        finder.unread(f"{type(failure).__name__}, {failure.strerror}")
    try:
        status = path.lstat()
        is_file = stat.S_ISREG(status.st_mode)
        if is_file:
            scan_file(path, finder)
            # Raises where somebody has removed a temporary file meanwhile.
            path.lstat()
    except FileNotFoundError:
        return 0, 0, []
    return int(is_file), status.st_size if is_file else 0, finder.places


def _below(folder: Path, skip: Collection[Path]) -> Iterator[tuple[Path, OSError | None]]:
    """Everything below a folder in the order of names, and why a folder can't be listed."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        yield folder, error
        return
    for entry in found:
        path = Path(entry.path)
        if path in skip:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield path, None
            yield from _below(path, skip)
        else:
            yield path, None


def _scan_name(path: Path, finder: Finder) -> None:
    """A name may say who a file is of, and so may the target of a link."""
    texts = {"name": path.name}
    if path.is_symlink():
        texts["target of the link"] = os.readlink(path)
    for where, text in texts.items():
        content = text.encode("utf-8", "surrogateescape")
        for hit in finder.needles.search(content, finder.needles.none_found()):
            finder.add(where, hit.form, hit.value)
