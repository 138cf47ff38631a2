"""Editions of what is published: which columns the readers of a folder get, and in what form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from customer_platform.errors import PublishedColumnError
from customer_platform.publishing.evidence import Resolved
from customer_platform.publishing.relations import PublishedRelation
from customer_platform.warehouse.sql import identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PLAIN = "as it is"

# Name and DuckDB type of each.
Columns = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Treatment:
    """What an edition does with a column.

    Attributes:
        what: A word or two for it.
        sql: SQL of what readers get; None where they get no such column.
        key: Tells apart values that are made in the same way with another secret.
    """

    what: str
    sql: str | None = None
    key: str = ""

    @property
    def stated(self) -> str:
        """What the catalogue says: files that were written with another are written again."""
        return f"{self.what} {self.key}".strip()

    @property
    def is_masked(self) -> bool:
        """Whether readers get something else than the column, or nothing."""
        return self.what != _PLAIN


# Of a table, schema.table, and its columns: what is done with each.
Treat = Callable[[str, Columns], Mapping[str, Treatment]]


@dataclass(frozen=True)
class Edition:
    """What the readers of one folder get.

    Attributes:
        folder: Where it is published; made if it isn't there.
        treat: Says what is done with each column of a table.
        evidence: Whose evidence of identities they get, too.
    """

    folder: Path
    treat: Treat
    evidence: Sequence[Resolved] = ()


def full_edition(folder: Path, evidence: Sequence[Resolved] = ()) -> Edition:
    """The edition that holds every column as it is.

    Args:
        folder: Where it is published.
        evidence: Whose evidence of identities is in it.
    """
    return Edition(
        folder, lambda table, columns: {name: plain(name) for name, _ in columns}, evidence
    )


def plain(column: str) -> Treatment:
    """Leaves a column as it is."""
    return Treatment(_PLAIN, identifier(column))


def treatments(
    connection: "DuckDBPyConnection", edition: Edition, relation: PublishedRelation
) -> dict[str, Treatment]:
    """What an edition does with each column of a relation; of one that is a view, nothing.

    Args:
        connection: The warehouse.
        edition: The edition.
        relation: The relation.

    Raises:
        PublishedColumnError: A column that is to be withheld isn't there, or one that the
            publication itself needs can't be read in this edition.
    """
    if relation.as_view:
        return {}
    described = connection.execute(f"describe {relation.table}").fetchall()
    columns = [(str(name), str(kind)) for name, kind, *_ in described]
    unknown = sorted(set(relation.withhold) - {name for name, _ in columns})
    if unknown:
        raise PublishedColumnError(
            f"{relation.table} has no column {unknown[0]} to withhold: correct `withhold` of "
            f"{relation.name} in the YAML of PublishedMasters"
        )
    decided = edition.treat(relation.table, columns)
    found = {
        name: Treatment("withheld") if name in relation.withhold else decided[name]
        for name, _ in columns
    }
    versions_of = relation.versions_of or ""
    unreadable = [name for name in relation.needed if name in found and found[name].is_masked]
    if versions_of in found and found[versions_of].sql is None:
        unreadable.append(versions_of)
    if unreadable:
        name = unreadable[0]
        raise PublishedColumnError(
            f"{relation.table} is published by {name}, which {edition.folder.name} can't hold "
            f"({found[name].what}): declare the column `personal: false`, or publish "
            f"{relation.name} as a whole"
        )
    return found


def columns_changed(before: Mapping[str, str] | None, now: Mapping[str, Treatment]) -> bool:
    """Whether files of a relation hold a column in another form than its readers are to get now.

    A column that is new isn't in them, and one that is gone does no harm.

    Args:
        before: By column, what was done with it; None for files from before that was written down,
            which hold every column as it is.
        now: By column, what is done with it.
    """
    if before is None:
        return any(treatment.is_masked for treatment in now.values())
    return any(
        column in before and before[column] != treatment.stated for column, treatment in now.items()
    )


def selected(treated: Mapping[str, Treatment]) -> str:
    """SQL of the columns that readers get, to write after `select`."""
    return ", ".join(
        f"{treatment.sql} as {identifier(column)}" if treatment.is_masked else treatment.sql
        for column, treatment in treated.items()
        if treatment.sql is not None
    )
