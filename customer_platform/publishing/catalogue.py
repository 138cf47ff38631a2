"""The small DuckDB file that analysts open: views on the files, and the list of the files."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.publishing.relations import DAY, PublishedRelation

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

FILE_NAME = "customer_platform.duckdb"

# A query that began before the last publication may go on reading its files for this long.
KEEP_RETIRED = timedelta(days=1)


@dataclass(frozen=True)
class PublishedFile:
    """A Parquet file.

    Attributes:
        relation: The published relation that it belongs to.
        day: ISO day of its rows; None where the relation isn't by day.
        path: Relative to the folder of what is published.
        retired_at: Since when it is no longer read, UTC; None while it is.
    """

    relation: str
    day: str | None
    path: str
    retired_at: datetime | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of a relation: name and DuckDB type."""

    relation: str
    columns: Sequence[tuple[str, str]]


def read_files(folder: Path) -> list[PublishedFile]:
    """The files of the last publication, retired ones included; none before the first."""
    import duckdb

    catalogue = folder / FILE_NAME
    if not catalogue.exists():
        return []
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        rows = connection.execute(
            "select relation, day, path, retired_at from published.files"
        ).fetchall()
    return [PublishedFile(*row) for row in rows]


def write_catalogue(
    folder: Path,
    relations: Sequence[PublishedRelation],
    files: Sequence[PublishedFile],
    columns: Sequence[Columns],
    published_at: datetime,
) -> None:
    """Writes the DuckDB file, and puts it in the place of the last one in one step.

    Args:
        folder: The absolute folder of what is published.
        relations: The relations that are published.
        files: All files, retired ones included.
        columns: Of each relation the columns its files have.
        published_at: Time of the publication, UTC.
    """
    import duckdb

    made = folder / f".{FILE_NAME}.new"
    made.unlink(missing_ok=True)
    with duckdb.connect(str(made)) as connection:
        connection.execute(
            "create schema published; create schema master;"
            "create table published.files (relation varchar, day varchar, path varchar, "
            "retired_at timestamp);"
            "create table published.publication (published_at timestamp)"
        )
        connection.execute("insert into published.publication values (?)", [published_at])
        # Row by row, a thousand files would take seconds.
        connection.register("listed", _table(files))
        connection.execute("insert into published.files from listed")
        by_name = {each.relation: each.columns for each in columns}
        for relation in relations:
            read = [
                file.path
                for file in files
                if file.relation == relation.name and file.retired_at is None
            ]
            _create_view(connection, folder, relation, by_name[relation.name], read)
    os.replace(made, folder / FILE_NAME)


def _table(files: Sequence[PublishedFile]) -> "pyarrow.Table":
    import pyarrow as pa

    return pa.table(
        {
            "relation": pa.array([file.relation for file in files], pa.string()),
            "day": pa.array([file.day for file in files], pa.string()),
            "path": pa.array([file.path for file in files], pa.string()),
            "retired_at": pa.array([file.retired_at for file in files], pa.timestamp("us")),
        }
    )


def _create_view(
    connection: "DuckDBPyConnection",
    folder: Path,
    relation: PublishedRelation,
    columns: Sequence[tuple[str, str]],
    paths: Sequence[str],
) -> None:
    names = ", ".join(f'"{name}"' for name, _ in columns)
    if paths:
        listed = ", ".join(_text(str(folder / path)) for path in sorted(paths))
        partitions = f", hive_partitioning = true, hive_types = {{'{DAY}': date}}"
        files = (
            f"(select {names} from read_parquet([{listed}]{partitions if relation.by_day else ''}))"
        )
    else:
        empty = ", ".join(f'cast(null as {kind}) as "{name}"' for name, kind in columns)
        files = f"(select {empty} where false)"
    query = relation.view.replace("{files}", files)
    connection.execute(f"create view master.{relation.name} as {query}")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
