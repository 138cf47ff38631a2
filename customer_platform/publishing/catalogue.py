"""The small DuckDB file that analysts open: views on the files, and the list of the files."""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.errors import PublishedViewError
from customer_platform.publishing.relations import DAY, PublishedRelation
from customer_platform.warehouse.duckdb import insert_table, table_kind
from customer_platform.warehouse.sql import literal

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

FILE_NAME = "customer_platform.duckdb"

# What the evidence of identities is called among the files of relations.
EVIDENCE = "evidence"

# A query that began before the last publication may go on reading its files for this long.
KEEP_RETIRED = timedelta(days=1)


@dataclass(frozen=True)
class Moment:
    """Which publication it is.

    Attributes:
        published_at: Its time, UTC.
        evidence: The file of the evidence that belongs to it; None where it has none, as in the
            masked edition, and in what was published before there was any.
    """

    published_at: datetime
    evidence: Path | None = None


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
class Described:
    """What readers of a relation see.

    Attributes:
        relation: The published relation.
        columns: Name and DuckDB type of its columns; of a view none.
        treatments: By column that its files hold or would hold, what was done with it.
        query: Of one that is published as a view, the statement that makes it.
    """

    relation: PublishedRelation
    columns: Sequence[tuple[str, str]] = ()
    treatments: Mapping[str, str] = field(default_factory=dict)
    query: str | None = None


def read_moment(folder: Path) -> Moment:
    """Which publication is in force in a folder, where something is published."""
    import duckdb

    with duckdb.connect(str(folder / FILE_NAME), read_only=True) as connection:
        [(published_at,)] = connection.execute("from published.publication").fetchall()
        evidence = connection.execute(
            "select path from published.files where relation = ? and retired_at is null", [EVIDENCE]
        ).fetchall()
    return Moment(published_at, folder / evidence[0][0] if evidence else None)


def read_files(folder: Path) -> list[PublishedFile]:
    """The files of the last publication, retired ones included; none before the first.

    Those of evidence are not among them: see `read_evidence`.
    """
    return [file for file in _read_files(folder) if file.relation != EVIDENCE]


def read_evidence(folder: Path) -> list[PublishedFile]:
    """The files of the last publication's evidence; none where it has none."""
    return [file for file in _read_files(folder) if file.relation == EVIDENCE]


def _read_files(folder: Path) -> list[PublishedFile]:
    import duckdb

    catalogue = folder / FILE_NAME
    if not catalogue.exists():
        return []
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        rows = connection.execute(
            "select relation, day, path, retired_at from published.files"
        ).fetchall()
    return [PublishedFile(*row) for row in rows]


def read_treatments(folder: Path) -> dict[str, dict[str, str]]:
    """By relation and column, what the last publication has done with it.

    A relation isn't in it when its files are from before that was written down.
    """
    import duckdb

    catalogue = folder / FILE_NAME
    if not catalogue.exists():
        return {}
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        if table_kind(connection, "published", "columns") is None:
            return {}
        rows = connection.execute("from published.columns").fetchall()
    found: dict[str, dict[str, str]] = {}
    for relation, column, treatment in rows:
        found.setdefault(relation, {})[column] = treatment
    return found


def write_catalogue(
    folder: Path,
    relations: Sequence[Described],
    files: Sequence[PublishedFile],
    published_at: datetime,
) -> None:
    """Writes the DuckDB file beside the last one, for `swap_catalogue`.

    Args:
        folder: The absolute folder of what is published.
        relations: The relations that are published.
        files: All files, retired ones included.
        published_at: Time of the publication, UTC.

    Raises:
        PublishedViewError: A view reads a relation that isn't published.
    """
    import duckdb

    made = _made(folder)
    made.unlink(missing_ok=True)
    with duckdb.connect(str(made)) as connection:
        connection.execute(
            "create schema published; create schema master;"
            "create table published.files (relation varchar, day varchar, path varchar, "
            "retired_at timestamp);"
            "create table published.columns (relation varchar, column_name varchar, "
            "treatment varchar);"
            "create table published.publication (published_at timestamp)"
        )
        connection.execute("insert into published.publication values (?)", [published_at])
        # Row by row, a thousand files would take seconds.
        insert_table(connection, "published.files", _table(files))
        insert_table(connection, "published.columns", _treatments(relations))
        for described in sorted(relations, key=lambda each: each.relation.as_view):
            name = described.relation.name
            if described.query is not None:
                _copy_view(connection, name, described.query)
            else:
                read = [
                    folder / file.path
                    for file in files
                    if file.relation == name and file.retired_at is None
                ]
                _create_view(connection, described, sorted(read))
            # Many tools look in `main` for a name without a schema.
            connection.execute(f"create view main.{name} as select * from master.{name}")


def write_other_evidence(folder: Path, evidence: PublishedFile) -> None:
    """Writes the DuckDB file again beside itself with other evidence, for `swap_catalogue`.

    Args:
        folder: The folder of what is published.
        evidence: The file of the evidence.
    """
    import duckdb

    made = _made(folder)
    shutil.copyfile(folder / FILE_NAME, made)
    with duckdb.connect(str(made)) as connection:
        connection.execute("delete from published.files where relation = ?", [EVIDENCE])
        insert_table(connection, "published.files", _table([evidence]))


def swap_catalogue(folder: Path) -> None:
    """Puts the DuckDB file that was written in the place of the last one, in one step."""
    os.replace(_made(folder), folder / FILE_NAME)


def relocate(before: Path, folder: Path) -> None:
    """Has the views of a catalogue that was copied read the files beside it.

    Args:
        before: The folder of the catalogue that it is a copy of.
        folder: The folder that it is in now; there need be no catalogue.
    """
    import duckdb

    catalogue = folder / FILE_NAME
    if not catalogue.exists():
        return
    old, new = (literal(f"{each}/").removesuffix("'") for each in (before.resolve(), folder))
    with duckdb.connect(str(catalogue)) as connection:
        views = connection.execute(
            "select sql from duckdb_views() where not internal and schema_name = 'master' "
            "and database_name = current_database()"
        ).fetchall()
        for (query,) in views:
            if old in query:
                changed = query.replace(old, new).replace(
                    "CREATE VIEW", "create or replace view", 1
                )
                connection.execute(changed)


def _made(folder: Path) -> Path:
    return folder / f".{FILE_NAME}.new"


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


def _treatments(relations: Sequence[Described]) -> "pyarrow.Table":
    import pyarrow as pa

    rows = [
        (each.relation.name, column, treatment)
        for each in relations
        for column, treatment in each.treatments.items()
    ]
    names = ("relation", "column_name", "treatment")
    return pa.table(
        {name: pa.array([row[n] for row in rows], pa.string()) for n, name in enumerate(names)}
    )


def _copy_view(connection: "DuckDBPyConnection", name: str, query: str) -> None:
    import duckdb

    try:
        connection.execute(query)
    except duckdb.CatalogException as error:
        raise PublishedViewError(
            f"master.{name} is published `as_view`, and reads what isn't published: {error}. "
            "Add that relation to `relations` of PublishedMasters, or leave `as_view` out."
        ) from error
    except duckdb.BinderException as error:
        raise PublishedViewError(
            f"master.{name} is published `as_view`, and names a column that is withheld, or that "
            f"the masked publication leaves out or has in another type: {error}. Leave `as_view` "
            "out, or write `select *` where it names the column."
        ) from error


def _create_view(
    connection: "DuckDBPyConnection", described: Described, paths: Sequence[Path]
) -> None:
    relation = described.relation
    columns = [(f'"{name}"', kind) for name, kind in described.columns]
    if paths:
        reader = read_parquet(paths, relation)
        # A column that is new has come after the files, and no row has had to be written since.
        held = {
            f'"{name}"'
            for (name, *_) in connection.execute(f"describe select * from {reader}").fetchall()
        }
        names = ", ".join(
            name if name in held else f"cast(null as {kind}) as {name}" for name, kind in columns
        )
        files = f"(select {names} from {reader})"
    else:
        empty = ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns)
        files = f"(select {empty} where false)"
    query = relation.view.replace("{files}", files)
    connection.execute(f"create view master.{relation.name} as {query}")


def read_parquet(paths: Sequence[Path], relation: PublishedRelation) -> str:
    """SQL that reads the files of a relation."""
    options = ""
    if relation.by_day:
        options = f", hive_partitioning = true, hive_types = {{'{DAY}': date}}"
    elif relation.since:
        # They are of many runs, and columns come and go. Of others all files have the same.
        options = ", union_by_name = true"
    listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
    return f"read_parquet([{listed}]{options})"
