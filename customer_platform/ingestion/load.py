"""Partitions of landed files into a raw table, atomically."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from customer_platform.errors import IngestionError, MissingFileError, TooManyRejectsError
from customer_platform.ingestion.changes import fingerprints
from customer_platform.ingestion.checks import CheckedFile, check_rows, drop_checks
from customer_platform.ingestion.landing import (
    LandedFile,
    expected_path,
    find_files,
    is_valid_day,
)
from customer_platform.ingestion.spec import TableSpec
from customer_platform.ingestion.staging import Staging
from customer_platform.ingestion.tables import (
    create_tables,
    raw_table,
    rejected_table,
    replace_partitions,
)
from customer_platform.warehouse.base import Engine
from customer_platform.warehouse.duckdb import IN_WAREHOUSE


@dataclass(frozen=True)
class LoadedFile:
    """What came of one file.

    Attributes:
        path: Relative to the landing zone.
        partition: Its day.
        rows: Rows accepted.
        rejected: Rows rejected.
        skipped: Rows without any value, such as those of delimiters only.
        unexpected: Columns that the file has and the table does not declare.
    """

    path: str
    partition: str
    rows: int
    rejected: int
    unexpected: tuple[str, ...] = ()
    skipped: int = 0


@dataclass(frozen=True)
class LoadResult:
    """What came of the partitions asked for.

    Attributes:
        files: Files of the partitions that were loaded.
        failures: Partitions that keep their previous content, and why, one entry per error.
        past: Partitions that were asked for, when their source could deliver none of them any more;
            they keep their previous content.
        landed: Partitions that were loaded from files -> their fingerprint.
        awaited: Where the first file of the table is to land, when none ever has though it is
            required; None otherwise.
    """

    files: list[LoadedFile] = field(default_factory=list)
    failures: list[tuple[str, IngestionError]] = field(default_factory=list)
    past: list[str] = field(default_factory=list)
    landed: dict[str, str] = field(default_factory=dict)
    awaited: Path | None = None

    @property
    def rows(self) -> int:
        """Rows accepted, of all files."""
        return sum(file.rows for file in self.files)

    @property
    def rejected(self) -> int:
        """Rows rejected, of all files."""
        return sum(file.rejected for file in self.files)

    @property
    def skipped(self) -> int:
        """Rows without any value, of all files."""
        return sum(file.skipped for file in self.files)

    @property
    def unexpected(self) -> list[str]:
        """Undeclared columns of all files, sorted."""
        return sorted({column for file in self.files for column in file.unexpected})


def load_partitions(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    table: TableSpec,
    landing: Path,
    partitions: Sequence[str],
    since: str = "",
    engine: Engine = IN_WAREHOUSE,
) -> LoadResult:
    """Replace partitions of a raw table by what has landed for them.

    Either all rows of a partition are replaced or none. A partition that cannot be loaded does not
    hold back the others: it is in the result's `failures`, for the caller to raise. A day without
    a file of a table that is required is one of these from the table's first day on; before, the
    source has not begun to deliver it.

    Args:
        connection: A connection to the warehouse without an open transaction.
        source: Name of the source.
        table: What is declared.
        landing: The landing zone.
        partitions: Days, 'YYYY-MM-DD'.
        since: The first day there is; files of earlier ones are as if they weren't there.
        engine: Where the raw table is kept.

    Raises:
        ValueError: A partition is no day.
        TableMismatchError: The raw table has a column of another type than is declared.
    """
    wanted = sorted(set(partitions))
    invalid = [partition for partition in wanted if not is_valid_day(partition)]
    if invalid:
        raise ValueError(f"partitions must be days written YYYY-MM-DD, not {invalid}")
    create_tables(connection, source, table, engine)
    landed = [file for file in find_files(landing, table).files if file.partition >= since]
    first = _first_day(connection, source, table, landed)
    files = [file for file in landed if file.partition in set(wanted)]
    failures = _missing(landing, table, wanted, files, first)
    with _session(connection), tempfile.TemporaryDirectory() as folder:
        staging = Staging(connection, table, Path(folder))
        try:
            staging.load(files)
            failures += [(file.partition, error) for file, error in staging.failures.items()]
            checked = check_rows(connection, table, list(staging.staged.values()))
            too_many = [
                (file.landed.partition, error)
                for file in checked
                if (error := _too_many_rejects(file, source, table)) is not None
            ]
            failures += too_many
            failed = {partition for partition, _ in failures}
            good = [partition for partition in wanted if partition not in failed]
            examined = {*good, *(partition for partition, _ in too_many)}
            replace_partitions(connection, source, table, checked, good, sorted(examined), engine)
        finally:
            drop_checks(connection)
            staging.drop()
    loaded = [
        LoadedFile(
            file.landed.relative,
            file.landed.partition,
            file.accepted,
            len(file.rejects),
            file.unexpected,
            file.skipped,
        )
        for file in checked
        if file.landed.partition in good
    ]
    loaded.sort(key=lambda file: (file.partition, file.path))
    there = fingerprints(files)
    return LoadResult(
        loaded,
        sorted(failures, key=lambda failure: failure[0]),
        landed={day: there[day] for day in good if day in there},
        awaited=(
            expected_path(landing, table, wanted[-1])
            if wanted and first is None and table.required
            else None
        ),
    )


def _first_day(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    table: TableSpec,
    landed: Sequence[LandedFile],
) -> str | None:
    """The first day that the source has delivered, None when it has delivered nothing yet.

    Files may be removed from the landing zone once they are loaded, so both count.
    """
    [[loaded]] = connection.execute(
        f"select min(_partition)::varchar from {raw_table(source, table)}"
    ).fetchall()
    return min([*(file.partition for file in landed), *([loaded] if loaded else [])], default=None)


def _missing(
    landing: Path,
    table: TableSpec,
    wanted: Sequence[str],
    files: Sequence[LandedFile],
    first: str | None,
) -> list[tuple[str, IngestionError]]:
    if not table.required or first is None:
        return []
    present = {file.partition for file in files}
    return [
        (
            partition,
            MissingFileError(
                f"no file for {partition}: expected {expected_path(landing, table, partition)}. "
                f"Have the source deliver it, or declare table {table.name!r} with "
                "`required: false` if a day may have none."
            ),
        )
        for partition in wanted
        if partition >= first and partition not in present
    ]


def _too_many_rejects(
    file: CheckedFile, source: str, table: TableSpec
) -> TooManyRejectsError | None:
    # A line of totals says nothing of the rows above it.
    rejected = sum(reject.is_row for reject in file.rejects)
    total = file.accepted + rejected
    if rejected <= table.max_reject_rate * total:
        return None
    reasons = "; ".join(
        f"line {reject.line}: {reject.shown or reject.reason}" for reject in file.rejects[:3]
    )
    return TooManyRejectsError(
        f"{file.landed.path}: {rejected} of {total} rows were rejected, more than the "
        f"{table.max_reject_rate:.0%} that `max_reject_rate` allows; the partition keeps its "
        f"previous content. First: {reasons}. All of them are in {rejected_table(source, table)}. "
        "Have the source correct the file, or correct the declaration."
    )


@contextmanager
def _session(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Timestamps are UTC and rows stay in file order, whatever the connection is set to."""
    settings = {"TimeZone": "UTC", "preserve_insertion_order": True}
    before = {
        name: connection.execute(f"select current_setting('{name}')").fetchall()[0][0]
        for name in settings
    }
    try:
        for name, value in settings.items():
            connection.execute(f"set {name} = '{value}'")
        yield
    finally:
        for name, value in before.items():
            connection.execute(f"set {name} = '{value}'")
