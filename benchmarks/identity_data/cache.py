"""The files of records, made once and kept in a cache folder outside of the repository."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from customer_platform import demo
from customer_platform.demo.randomness import stream
from identity_data.blocks import make_blocks
from identity_data.details import Columns
from identity_data.render import write_records
from identity_data.shapes import write_chain, write_star

DEFAULT_CACHE = Path(tempfile.gettempdir()) / "customer_platform_benchmark"
SEED = 42
RECORDS_PER_PERSON = 1.7


def people_files(cache: Path, counts: Sequence[int], seed: int = SEED) -> list[Path]:
    """Files of records of people as in the demo, in a random order.

    They are parts of one whole: a person's records are spread over all files.

    Args:
        cache: The cache folder; made when it isn't there.
        counts: Records per file.
        seed: Seed of all draws.

    Returns:
        The files, in the order of `counts`.
    """
    name = "-".join(map(str, counts))
    paths = [_path(cache, f"people-{seed}-{name}", part) for part in range(len(counts))]
    if not all(path.exists() for path in paths):
        columns = _shuffled(sum(counts), seed)
        for path, columns_of_part in zip(paths, _parts(columns, counts), strict=True):
            _make(path, partial(write_records, columns_of_part))
    return paths


def chain_file(cache: Path, count: int, *, shuffled: bool) -> Path:
    """A file of records that are one chain: record i shares a value with i - 1 and with i + 1."""
    path = _path(cache, f"chain-{'shuffled' if shuffled else 'ordered'}-{count}")
    return _make(path, partial(write_chain, count, shuffled=shuffled))


def star_file(cache: Path, count: int) -> Path:
    """A file of records that all share one value."""
    return _make(_path(cache, f"star-{count}"), partial(write_star, count))


def _shuffled(count: int, seed: int) -> Columns:
    people = int(count / RECORDS_PER_PERSON) + 1
    blocks = list(make_blocks(seed, people))
    drawn = sum(len(block["number"]) for block in blocks)
    # More are drawn than asked for, so that the people of the last records aren't cut off.
    order = stream(seed, "benchmark order").permutation(drawn)[:count]
    shuffled = {}
    for name in list(blocks[0]):
        shuffled[name] = np.concatenate([block.pop(name) for block in blocks])[order]
    return shuffled


def _parts(columns: Columns, counts: Sequence[int]) -> list[Columns]:
    ends = np.cumsum(counts)
    return [
        {name: values[end - count : end] for name, values in columns.items()}
        for end, count in zip(ends, counts, strict=True)
    ]


def _make(path: Path, write: Callable[[Path], None]) -> Path:
    """Has a file written beside its place first: an interrupted run leaves no half file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            write(beside)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    return path


def _path(cache: Path, name: str, part: int = 0) -> Path:
    return cache / f"{name}-{part}-{_version()}.parquet"


def _version() -> str:
    """Changes with the code that makes the records, so that no file of older code is reused."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parent, Path(demo.__file__).parent):
        for path in sorted(folder.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
