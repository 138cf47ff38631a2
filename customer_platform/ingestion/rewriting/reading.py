"""Files as the platform reads them, and which of their rows it accepts."""

import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

from customer_platform.ingestion.checks import BAD, FILES, CheckedFile, check_rows
from customer_platform.ingestion.landing import LandedFile
from customer_platform.ingestion.rejects import Reject
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.staging import STAGED, StagedFile, Staging

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Read:
    """Files of one table in a database of their own.

    Attributes:
        connection: The database.
        table: What is declared.
        staged: By path relative to the landing zone.
        checked: By path relative to the landing zone.
        counts: By path relative to the landing zone, how many rows were read.
    """

    connection: duckdb.DuckDBPyConnection
    table: TableSpec
    staged: Mapping[str, StagedFile]
    checked: Mapping[str, CheckedFile]
    counts: Mapping[str, int]

    def file(self, file: LandedFile) -> StagedFile:
        """A file as it was read."""
        return self.staged[file.relative]

    def count(self, file: LandedFile) -> int:
        """How many rows were read of a file, bad ones included."""
        return self.counts.get(file.relative, 0)

    def rejects(self, file: LandedFile) -> list[Reject]:
        """What was rejected of a file."""
        return self.checked[file.relative].rejects

    def rejected(self) -> dict[str, Counter[str | None]]:
        """By file, the texts of what was rejected."""
        return {
            relative: Counter(reject.raw_text for reject in file.rejects)
            for relative, file in self.checked.items()
        }

    def accepted(self, file: LandedFile) -> Positions:
        """The 1-based positions of accepted rows among those read, in order."""
        bad = self._bad(file)
        return np.setdiff1d(np.arange(1, self.count(file) + 1), bad, assume_unique=True)

    def rows(self, without: Mapping[str, Collection[int]]) -> dict[str, Counter[int]]:
        """By file, hashes of its accepted rows.

        Args:
            without: By file, positions of rows to leave out.
        """
        values = ", ".join(f"v{index}" for index in range(len(self.table.columns)))
        found: dict[str, Counter[int]] = {relative: Counter() for relative in self.staged}
        left = [(relative, position) for relative, each in without.items() for position in each]
        rows = self.connection.execute(
            "with without as (select unnest(?::varchar[]) as relative, "
            "unnest(?::bigint[]) as position) "
            f"select relative, h, count(*) from (select f.relative, s.rowid - f.first_row + 1 as "
            f"position, hash({values}, _unexpected::varchar) as h from {STAGED} s join {FILES} f "
            f"on s._file = f.path where s.rowid not in (select row_id from {BAD})) "
            "anti join without using (relative, position) group by all",
            [[relative for relative, _ in left], [position for _, position in left]],
        ).fetchall()
        for relative, hashed, count in rows:
            found[relative][hashed] = count
        return found

    def _bad(self, file: LandedFile) -> Positions:
        rows: dict[str, Any] = self.connection.execute(
            f"select b.row_id - f.first_row + 1 as p from {BAD} b join {FILES} f "
            "on b.path = f.path where f.relative = ?",
            [file.relative],
        ).fetchnumpy()
        return np.asarray(rows["p"], dtype=np.int64)


@contextmanager
def read_files(table: TableSpec, files: Sequence[LandedFile]) -> Iterator[Read]:
    """Reads files as `load_partitions` does.

    Args:
        table: What is declared.
        files: All files of some partitions.

    Raises:
        IngestionError: One of them can't be read.
    """
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        connection.execute("set TimeZone = 'UTC'")
        staging = Staging(connection, table, Path(folder))
        staging.load(list(files))
        for error in staging.failures.values():
            raise error
        checked = check_rows(connection, table, list(staging.staged.values()))
        counted = connection.execute(
            f"select f.relative, count(*) from {STAGED} s join {FILES} f on s._file = f.path "
            "group by all"
        ).fetchall()
        yield Read(
            connection,
            table,
            {file.scan.landed.relative: file for file in staging.staged.values()},
            {file.landed.relative: file for file in checked},
            dict(counted),
        )
