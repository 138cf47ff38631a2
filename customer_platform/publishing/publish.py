"""Publishes the masters: writes the files of what has changed, then swaps the catalogue."""

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.errors import IncompleteMastersError, PublishedViewError
from customer_platform.publishing.catalogue import (
    FILE_NAME,
    KEEP_RETIRED,
    Described,
    PublishedFile,
    read_files,
    read_parquet,
    write_catalogue,
)
from customer_platform.publishing.relations import DAY, PublishedRelation

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ALL_DAYS = "*"


@dataclass(frozen=True)
class Publication:
    """What a publication has done.

    Attributes:
        catalogue: The DuckDB file to open.
        written: By relation, the number of files written.
        bytes_written: Their size.
        files: Files that the views read.
    """

    catalogue: Path
    written: dict[str, int]
    bytes_written: int
    files: int


def publish(
    connection: "DuckDBPyConnection",
    folder: Path,
    relations: Sequence[PublishedRelation],
    published_at: datetime,
) -> Publication:
    """Publishes the masters of a complete run.

    Readers see either all of the last publication or all of this one. The files of days that have
    not changed stay; those that are replaced are deleted a day later.

    Args:
        connection: The warehouse, to write: what is published is no longer pending.
        folder: The folder of what is published; made if it isn't there.
        relations: What is published.
        published_at: Time of the publication, UTC, without time zone.

    Raises:
        IncompleteMastersError: The last run of the masters has not ended with all its blocking
            checks passed.
        PublishedViewError: A relation that is published as a view is none, or reads what isn't
            published.
    """
    _refuse_incomplete(connection, relations)
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    before = read_files(folder)
    current = [file for file in before if file.retired_at is None]
    version = f"{published_at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"
    written: list[PublishedFile] = []
    retired: list[PublishedFile] = []
    for relation in relations:
        if relation.as_view:
            continue
        of_relation = [file for file in current if file.relation == relation.name]
        days = _changed_days(connection, relation, of_relation)
        written += _export(connection, folder, relation, days, of_relation, version)
        retired += _replaced(relation, days, of_relation)
    names = {relation.name for relation in relations if not relation.as_view}
    retired += [file for file in current if file.relation not in names]
    kept = [file for file in current if file not in retired]
    outdated = [file for file in before if file.retired_at is not None]
    deleted = [file for file in outdated if file.retired_at < published_at - KEEP_RETIRED]  # type: ignore[operator]
    files = [
        *kept,
        *written,
        *(replace(file, retired_at=published_at) for file in retired),
        *(file for file in outdated if file not in deleted),
    ]
    described = [_describe(connection, relation) for relation in relations]
    write_catalogue(folder, described, files, published_at)
    connection.execute("delete from master.pending_changes where kind = 'day'")
    for file in deleted:
        (folder / file.path).unlink(missing_ok=True)
    _remove_strays(folder, files)
    return Publication(
        catalogue=folder / FILE_NAME,
        written={
            relation.name: sum(file.relation == relation.name for file in written)
            for relation in relations
        },
        bytes_written=sum((folder / file.path).stat().st_size for file in written),
        files=len(kept) + len(written),
    )


def _refuse_incomplete(
    connection: "DuckDBPyConnection", relations: Sequence[PublishedRelation]
) -> None:
    tables = {
        name
        for (name,) in connection.execute(
            "select table_name from information_schema.tables where table_schema = 'master'"
        ).fetchall()
    }
    needed = {"pending_changes", *(relation.table.split(".")[1] for relation in relations)}
    missing = sorted(needed - tables)
    pending = (
        0
        if missing
        else connection.execute(
            "select count(*) from master.pending_changes where kind <> 'day'"
        ).fetchall()[0][0]
    )
    if missing or pending:
        raise IncompleteMastersError(
            "The masters are not published, and readers keep the last publication: "
            + (
                f"there is no master.{missing[0]} yet"
                if missing
                else "their last run has failed, or a blocking check on them"
            )
            + ". Run the masters again, all of them: `customer-platform run`, or the job `refresh`."
        )


def _changed_days(
    connection: "DuckDBPyConnection", relation: PublishedRelation, current: Sequence[PublishedFile]
) -> list[str] | None:
    """The ISO days to write again; None for all that there are."""
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


def _export(
    connection: "DuckDBPyConnection",
    folder: Path,
    relation: PublishedRelation,
    days: Sequence[str] | None,
    current: Sequence[PublishedFile],
    version: str,
) -> list[PublishedFile]:
    """Writes the files of a relation, under a name that no file has had before."""
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
    query = f"select * from {relation.table} where {condition}"
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


def _replaced(
    relation: PublishedRelation, days: Sequence[str] | None, current: Sequence[PublishedFile]
) -> list[PublishedFile]:
    if relation.since:
        return []
    return [file for file in current if days is None or file.day in days]


def _describe(connection: "DuckDBPyConnection", relation: PublishedRelation) -> Described:
    described = connection.execute(f"describe {relation.table}").fetchall()
    columns = [(name, kind) for name, kind, *_ in described]
    if not relation.as_view:
        return Described(relation, columns)
    views = connection.execute(
        "select sql from duckdb_views() where schema_name = 'master' and view_name = ? "
        "and database_name = current_database()",
        [relation.name],
    ).fetchall()
    if not views:
        raise PublishedViewError(
            f"{relation.table} is published `as_view`, and is no view in the warehouse: "
            "leave `as_view` out"
        )
    return Described(relation, columns, query=views[0][0])


def _remove_strays(folder: Path, files: Sequence[PublishedFile]) -> None:
    """Removes what a publication that was interrupted has left, and folders without files."""
    known = {file.path for file in files}
    for path in folder.glob("*/*/**/*.parquet"):
        if str(path.relative_to(folder)) not in known:
            path.unlink()
    for path in sorted(folder.glob("*/**/"), reverse=True):
        if path != folder and path.is_dir() and not any(path.iterdir()):
            path.rmdir()
