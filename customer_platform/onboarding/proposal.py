"""A proposal for one table: everything that its declaration and its staging view need."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import duckdb

from customer_platform.onboarding.attributes import IDENTIFYING, Attribute, find_attributes
from customer_platform.onboarding.delivered import (
    SOURCE,
    Delivery,
    column_types,
    read_delivery,
    spec_of,
)
from customer_platform.onboarding.errors import OnboardingError
from customer_platform.onboarding.keys import PrimaryKey, find_primary_key, is_unique
from customer_platform.onboarding.load_mode import LoadMode, find_load_mode
from customer_platform.onboarding.names import words
from customer_platform.onboarding.types import (
    ColumnStatistics,
    ColumnType,
    infer_types,
    statistics,
)
from customer_platform.onboarding.vocabulary import (
    CUSTOMER_TABLES,
    DATE_WORDS,
    MEASURE_WORDS,
    attribute_by_name,
)

Kind = Literal["customers", "other"]

# Their values look like numbers, and lose a leading zero as one.
_TEXT_ATTRIBUTES = ("phone", "postcode", "loyalty_card", "house_number")
_MANY_COLUMNS = 300
# Many rows share them, so they make no row a customer.
_TELL_NOTHING = {"created_at", "updated_at", "country", "email_consent"}


@dataclass(frozen=True)
class Wishes:
    """What the user has said, instead of what would be proposed.

    Attributes:
        kind: What the table's rows are.
        primary_key: Its key.
        load_mode: How it is delivered.
        attributes: Attribute -> column.
    """

    kind: Kind | None = None
    primary_key: Sequence[str] = ()
    load_mode: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """What is proposed for a column.

    Attributes:
        name: As the source calls it.
        type: Its type.
        statistics: What its values look like.
        attribute: What it is of a customer record.
    """

    name: str
    type: ColumnType
    statistics: ColumnStatistics
    attribute: Attribute | None = None


@dataclass(frozen=True)
class Proposal:
    """What is proposed for a table.

    Attributes:
        table: Its name.
        kind: `customers`: customer records; `other`: anything else.
        rows: Rows that were read.
        rejected: Rows that the loader could not read.
        primary_key: Its key.
        load_mode: How it is delivered.
        columns: Its columns.
        notes: What a person should know.
    """

    table: str
    kind: Kind
    rows: int
    rejected: int
    primary_key: PrimaryKey
    load_mode: LoadMode
    columns: Sequence[Column]
    notes: Sequence[str] = ()

    def column_of(self, attribute: str) -> Column | None:
        """The column that is an attribute."""
        for column in self.columns:
            if column.attribute is not None and column.attribute.name == attribute:
                return column
        return None


def propose(delivery: Delivery, wishes: Wishes) -> Proposal:
    """Propose a table from its files.

    Args:
        delivery: The files.
        wishes: What the user has said.

    Raises:
        OnboardingError: The files can't be read, or a wish can't be fulfilled.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = column_types(delivery, folder)
        with read_delivery(delivery, folder, given) as (connection, result):
            if not result.rows:
                raise OnboardingError(
                    f"{delivery.files[0].path}: columns and no rows; give a file with rows, so "
                    "that types can be told"
                )
            table = f"raw.{SOURCE}__{delivery.table}"
            proposal = propose_table(
                connection,
                table,
                delivery.table,
                given,
                wishes,
                delivery if delivery.dated else None,
            )
        proposal = replace(proposal, rejected=result.rejected)
        # Says no before anything is written, for instance where two columns differ only in case.
        spec_of(delivery, {column.name: column.type.type for column in proposal.columns})
    return proposal


def propose_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    given: Mapping[str, str],
    wishes: Wishes,
    dated: Delivery | None = None,
) -> Proposal:
    """Propose a table from rows that are in DuckDB.

    Args:
        connection: Where they are.
        table: The qualified name of their table; `_partition` tells the partition.
        name: Name of the proposed table.
        given: Column -> the type it has there.
        wishes: What the user has said.
        dated: The files, where each is of a day that its name tells.

    Raises:
        OnboardingError: A wish can't be fulfilled.
    """
    [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
    found = statistics(connection, table, list(given))
    types = infer_types(
        connection, table, given, found, _named(given, _is_date), _named(given, _is_text)
    )
    key = _primary_key(connection, table, rows, types, found, wishes)
    mode = find_load_mode(connection, table, types, key, dated)
    if wishes.load_mode is not None:
        mode = replace(mode, load_mode=wishes.load_mode, reason="as asked for")
    attributes = find_attributes(connection, table, types, found, key.columns)
    attributes = _with_wishes(attributes, wishes, given)
    kind = wishes.kind or _kind(name, key, attributes, given)
    if kind == "customers" and not key.columns:
        raise OnboardingError(
            f"table {name!r} has no primary key ({key.reason}), which customer records need; say "
            "which columns it is, with --primary-key, or bring the table in with --kind other"
        )
    columns = [
        Column(column, types[column], found[column], attributes.get(column)) for column in given
    ]
    return Proposal(name, kind, rows, 0, key, mode, columns, _notes(columns))


def _primary_key(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: int,
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    wishes: Wishes,
) -> PrimaryKey:
    if not wishes.primary_key:
        return find_primary_key(connection, table, rows, types, found)
    _check_names(wishes.primary_key, found, "--primary-key")
    empty = [name for name in wishes.primary_key if found[name].filled < rows]
    if empty:
        raise OnboardingError(
            f"--primary-key: {', '.join(empty)} is empty in {rows - found[empty[0]].filled:,} of "
            f"{rows:,} rows, which would be rejected; name columns that are always filled"
        )
    if not is_unique(connection, table, wishes.primary_key):
        raise OnboardingError(
            f"--primary-key: {', '.join(wishes.primary_key)} is not unique: rows that repeat it "
            "would be rejected; add a column that tells them apart"
        )
    return PrimaryKey(tuple(wishes.primary_key), "as asked for, never twice")


def _with_wishes(
    attributes: dict[str, Attribute], wishes: Wishes, given: Mapping[str, str]
) -> dict[str, Attribute]:
    _check_names(list(wishes.attributes.values()), given, "--attribute")
    kept = {
        column: attribute
        for column, attribute in attributes.items()
        if attribute.name not in wishes.attributes and column not in wishes.attributes.values()
    }
    asked = {column: Attribute(name, "you") for name, column in wishes.attributes.items()}
    return kept | asked


def _check_names(names: Sequence[str], known: Mapping[str, object], option: str) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise OnboardingError(
            f"{option}: there is no column {', '.join(unknown)}; there are {', '.join(known)}"
        )


def _kind(
    name: str, key: PrimaryKey, attributes: Mapping[str, Attribute], given: Mapping[str, str]
) -> Kind:
    """Customers: rows with a key of their own that tell who somebody is, or are called so."""
    present = {attribute.name for attribute in attributes.values()} - _TELL_NOTHING
    if len(key.columns) != 1 or not present:
        return "other"
    measures = [column for column in given if set(words(column)) & MEASURE_WORDS]
    if set(words(name)) & CUSTOMER_TABLES:
        return "customers"
    return "customers" if present & set(IDENTIFYING) and not measures else "other"


def _named(given: Mapping[str, str], says: Callable[[str], bool]) -> list[str]:
    return [name for name in given if says(name)]


def _is_date(name: str) -> bool:
    return bool(set(words(name)) & DATE_WORDS) or (attribute_by_name(name) or ("",))[0] in (
        "birth_date", "created_at", "updated_at",
    )  # fmt: skip


def _is_text(name: str) -> bool:
    return (attribute_by_name(name) or ("",))[0] in _TEXT_ATTRIBUTES


def _notes(columns: Sequence[Column]) -> list[str]:
    notes = [f"{column.name}: {column.type.note}" for column in columns if column.type.note]
    if len(columns) > _MANY_COLUMNS:
        notes.append(
            f"{len(columns):,} columns: take those that nobody needs out of defs.yaml; what is not "
            "declared is kept as JSON in _unexpected"
        )
    return notes
