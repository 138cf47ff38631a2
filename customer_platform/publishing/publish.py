"""Publishes the masters: writes the files of what has changed, then swaps the catalogues."""

import uuid
from collections.abc import Mapping, Sequence
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
    read_evidence,
    read_files,
    read_treatments,
    swap_catalogue,
    write_catalogue,
    write_other_evidence,
)
from customer_platform.publishing.editions import (
    Edition,
    Treatment,
    columns_changed,
    selected,
    treatments,
)
from customer_platform.publishing.evidence import write_evidence
from customer_platform.publishing.files import (
    changed_days,
    erased_files,
    export,
    outgrown_files,
    remove_strays,
    replaced,
)
from customer_platform.publishing.relations import PublishedRelation
from customer_platform.warehouse.base import Engine
from customer_platform.warehouse.duckdb import IN_WAREHOUSE

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class Publication:
    """What a publication has done for one edition.

    Attributes:
        catalogue: The DuckDB file to open.
        written: By relation, the number of files written.
        bytes_written: Their size.
        files: Files that the views read.
        columns: By relation, what is done with its columns.
    """

    catalogue: Path
    written: dict[str, int]
    bytes_written: int
    files: int
    columns: Mapping[str, Mapping[str, Treatment]]


@dataclass(frozen=True)
class _Draft:
    """An edition whose files are written, and which nobody reads yet.

    Attributes:
        folder: Its folder.
        files: All that the catalogue lists, retired ones included.
        deleted: Files that nobody may read once it is swapped.
        publication: What has been done.
    """

    folder: Path
    files: Sequence[PublishedFile]
    deleted: Sequence[PublishedFile]
    publication: Publication


def publish(
    connection: "DuckDBPyConnection",
    editions: Sequence[Edition],
    relations: Sequence[PublishedRelation],
    published_at: datetime,
    engine: Engine = IN_WAREHOUSE,
) -> list[Publication]:
    """Publishes the masters of a complete run, in every edition or in none.

    A relation of which an edition has no column isn't in it.

    Readers of an edition see either all of the last publication or all of this one. The files of
    days that have not changed stay; those that are replaced are deleted a day later, or at once
    where they hold a column that readers are no longer to get in that form, or rows that are gone.
    Evidence is always deleted at once.

    Args:
        connection: The warehouse, to write: what is published is no longer pending.
        editions: For whom it is published.
        relations: What is published.
        published_at: Time of the publication, UTC, without time zone.
        engine: What keeps the masters.

    Raises:
        IncompleteMastersError: The last run of the masters has not ended with all its blocking
            checks passed.
        PublishedColumnError: A column that is to be withheld isn't there, or one that the
            publication itself needs can't be read in an edition.
        PublishedViewError: A relation that is published as a view is none, or reads what isn't
            published.
    """
    _refuse_incomplete(connection, relations)
    drafts = [_draft(connection, edition, relations, published_at) for edition in editions]
    for draft in drafts:
        swap_catalogue(draft.folder)
    engine.forget_pending(connection, ("day", "erased_day"))
    for draft in drafts:
        for file in draft.deleted:
            (draft.folder / file.path).unlink(missing_ok=True)
        remove_strays(draft.folder, draft.files)
    return [draft.publication for draft in drafts]


def renew_evidence(
    connection: "DuckDBPyConnection",
    edition: Edition,
    relations: Sequence[PublishedRelation],
    published_at: datetime,
) -> None:
    """Publishes the evidence of identities again, beside the masters that are published.

    Args:
        connection: The warehouse.
        edition: Whose evidence it is; nothing happens where nothing is published.
        relations: What is published.
        published_at: The time, UTC, without time zone.
    """
    folder = edition.folder.resolve()
    old = read_evidence(folder)
    if not old:
        return
    new = write_evidence(connection, folder, edition.evidence, relations, _version(published_at))
    write_other_evidence(folder, new)
    swap_catalogue(folder)
    for file in old:
        (folder / file.path).unlink(missing_ok=True)


def _version(published_at: datetime) -> str:
    """A name that no publication has had before."""
    return f"{published_at:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def _draft(
    connection: "DuckDBPyConnection",
    edition: Edition,
    relations: Sequence[PublishedRelation],
    published_at: datetime,
) -> _Draft:
    folder = edition.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    before, treated_before = read_files(folder), read_treatments(folder)
    current = [file for file in before if file.retired_at is None]
    version = _version(published_at)
    written: list[PublishedFile] = []
    retired: list[PublishedFile] = []
    deleted: list[PublishedFile] = []
    described: list[Described] = []
    columns: dict[str, dict[str, Treatment]] = {}
    for relation in relations:
        treated = columns[relation.name] = treatments(connection, edition, relation)
        known = treated_before.get(relation.name)
        stated = {name: treatment.stated for name, treatment in treated.items()}
        if columns_changed(known, treated):
            deleted += [file for file in before if file.relation == relation.name]
        else:
            gone = erased_files(connection, relation, before)
            deleted += gone or outgrown_files(connection, folder, relation, before)
            # Files that stay may hold columns that are gone.
            stated = {**(known or {}), **stated}
        if treated and not selected(treated):
            continue
        described.append(_describe(connection, relation, treated, stated))
        if relation.as_view:
            continue
        of_relation = [
            file for file in current if file.relation == relation.name and file not in deleted
        ]
        days = changed_days(connection, relation, of_relation)
        written += export(connection, folder, relation, treated, days, of_relation, version)
        retired += replaced(relation, days, of_relation)
    names = {relation.name for relation in relations if not relation.as_view}
    retired += [file for file in current if file.relation not in names]
    kept = [file for file in current if file not in retired and file not in deleted]
    outdated = [file for file in before if file.retired_at and file not in deleted]
    deleted += [file for file in outdated if file.retired_at < published_at - KEEP_RETIRED]  # type: ignore[operator]
    # It holds whatever has followed from somebody, and nobody needs an old one: who reads it has
    # opened it.
    deleted += read_evidence(folder)
    evidence = (
        [write_evidence(connection, folder, edition.evidence, relations, version)]
        if edition.evidence
        else []
    )
    files = [
        *kept,
        *written,
        *evidence,
        *(replace(file, retired_at=published_at) for file in retired),
        *(file for file in outdated if file not in deleted),
    ]
    write_catalogue(folder, described, files, published_at)
    publication = Publication(
        catalogue=folder / FILE_NAME,
        written={
            relation.name: sum(file.relation == relation.name for file in written)
            for relation in relations
        },
        bytes_written=sum((folder / file.path).stat().st_size for file in [*written, *evidence]),
        files=len(kept) + len(written),
        columns=columns,
    )
    return _Draft(folder, files, deleted, publication)


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
            "select count(*) from master.pending_changes where kind not in ('day', 'erased_day')"
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


def _describe(
    connection: "DuckDBPyConnection",
    relation: PublishedRelation,
    treated: Mapping[str, Treatment],
    stated: Mapping[str, str],
) -> Described:
    if not relation.as_view:
        rows = connection.execute(
            f"describe select {selected(treated)} from {relation.table}"
        ).fetchall()
        return Described(relation, [(name, kind) for name, kind, *_ in rows], stated)
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
    return Described(relation, query=views[0][0])
