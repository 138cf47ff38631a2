"""The Parquet files of what is published: those of what has changed are written anew."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.publishing.catalogue import EVIDENCE, PublishedFile, read_parquet
from customer_platform.publishing.editions import Treatment, selected
from customer_platform.publishing.relations import DAY, PublishedRelation

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ALL_DAYS = "*"


def changed_days(
    connection: "DuckDBPyConnection", relation: PublishedRelation, current: Sequence[PublishedFile]
) -> list[str] | None:
    """The ISO days to write again; None for all that there are.

    Args:
        connection: The warehouse.
        relation: The relation.
        current: Its files that are read now.
    """
    if not relation.by_day:
        return None
    days = [
        day
        for (day,) in connection.execute(
            "select distinct key from master.pending_changes where kind = 'day' and source = ?",
            [relation.name],
        ).fetchall()
    ]
    return None if _ALL_DAYS in days or not current else days


def erased_files(
    connection: "DuckDBPyConnection", relation: PublishedRelation, files: Sequence[PublishedFile]
) -> list[PublishedFile]:
    """The files, retired ones included, that hold somebody who has been erased since.

    Args:
        connection: The warehouse.
        relation: The relation.
        files: All files of the last publication.
    """
    erased = connection.execute(
        "select source, key from master.pending_changes where kind = 'erased_day'"
    ).fetchall()
    days = {day for table, day in erased if f"master.{table}" == relation.table}
    if not erased or (relation.by_day and not days):
        return []
    # What isn't by day holds whatever has followed from it, too.
    everything = not relation.by_day or _ALL_DAYS in days
    return [
        file
        for file in files
        if file.relation == relation.name and (everything or file.day in days)
    ]


def outgrown_files(
    connection: "DuckDBPyConnection",
    folder: Path,
    relation: PublishedRelation,
    files: Sequence[PublishedFile],
) -> list[PublishedFile]:
    """The files, retired ones included, of a relation that only grows, and yet has lost rows.

    Old versions go from a history, and would stay in files that are only added to.

    Args:
        connection: The warehouse.
        folder: The folder of what is published.
        relation: The relation.
        files: All files of the last publication.
    """
    own = [file for file in files if file.relation == relation.name]
    current = [folder / file.path for file in own if file.retired_at is None]
    if not relation.since or not current:
        return []
    reader, since = read_parquet(current, relation), relation.since
    [(has_lost,)] = connection.execute(
        f"select (select count(*) from {reader}) > (select count(*) from {relation.table} "
        f"where {since} <= (select max({since}) from {reader}))"
    ).fetchall()
    return own if has_lost else []


def export(
    connection: "DuckDBPyConnection",
    folder: Path,
    relation: PublishedRelation,
    treated: Mapping[str, Treatment],
    days: Sequence[str] | None,
    current: Sequence[PublishedFile],
    version: str,
) -> list[PublishedFile]:
    """Writes the files of a relation, under a name that no file has had before.

    Args:
        connection: The warehouse.
        folder: The folder of what is published.
        relation: The relation.
        treated: What is done with its columns.
        days: The ISO days to write, None for all.
        current: Its files that stay in use, unless they are replaced.
        version: Name of this publication.
    """
    target = folder / relation.name / version
    condition = "true"
    if relation.by_day and days is not None:
        if not days:
            return []
        listed = ", ".join(f"date '{day}'" for day in days)
        condition = f"{DAY} in ({listed})"
    if relation.since and current:
        files = read_parquet([folder / file.path for file in current], relation)
        condition = f"{relation.since} > (select max({relation.since}) from {files})"
    query = f"select {selected(treated)} from {relation.table} where {condition}"
    quoted = str(target).replace("'", "''")
    if relation.by_day:
        target.parent.mkdir(parents=True, exist_ok=True)
        connection.execute(
            f"copy ({query}) to '{quoted}' (format parquet, compression zstd, "
            f"partition_by ({DAY}), write_partition_columns true, overwrite_or_ignore)"
        )
        return [
            PublishedFile(
                relation.name, path.parent.name.split("=")[1], str(path.relative_to(folder))
            )
            for path in sorted(target.glob(f"{DAY}=*/*.parquet"))
        ]
    target.mkdir(parents=True)
    path = target / "all.parquet"
    rows = connection.execute(
        f"copy ({query}) to '{quoted}/all.parquet' (format parquet, compression zstd)"
    ).fetchall()[0][0]
    if relation.since and current and not rows:
        shutil.rmtree(target)
        return []
    return [PublishedFile(relation.name, None, str(path.relative_to(folder)))]


def replaced(
    relation: PublishedRelation, days: Sequence[str] | None, current: Sequence[PublishedFile]
) -> list[PublishedFile]:
    """The files that an export has replaced.

    Args:
        relation: The relation.
        days: The days that were written, None for all.
        current: Its files up to now.
    """
    if relation.since:
        return []
    return [file for file in current if days is None or file.day in days]


def remove_strays(folder: Path, files: Sequence[PublishedFile]) -> None:
    """Removes what a publication that was interrupted has left, and folders without files."""
    known = {file.path for file in files}
    for path in [*folder.glob("*/*/**/*.parquet"), *folder.glob(f"{EVIDENCE}-*.duckdb*")]:
        if str(path.relative_to(folder)) not in known:
            path.unlink()
    for path in sorted(folder.glob("*/**/"), reverse=True):
        if path != folder and path.is_dir() and not any(path.iterdir()):
            path.rmdir()
