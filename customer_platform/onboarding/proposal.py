"""A proposal for one table: everything that its declaration and its staging view need."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from customer_platform.identity.entities import noun, with_article
from customer_platform.ingestion.sniff import FileFormat
from customer_platform.onboarding.attributes import Attribute, find_attributes
from customer_platform.onboarding.column_statistics import ColumnStatistics, statistics
from customer_platform.onboarding.content import samples
from customer_platform.onboarding.delivered import (
    SOURCE,
    Delivery,
    column_types,
    read_delivery,
    spec_of,
)
from customer_platform.onboarding.entities import Entity
from customer_platform.onboarding.errors import OnboardingError
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.load_mode import LoadMode, find_load_mode
from customer_platform.onboarding.names import words
from customer_platform.onboarding.readings import NumberReading
from customer_platform.onboarding.records import entity_of
from customer_platform.onboarding.types import ColumnType, infer_types
from customer_platform.onboarding.vocabulary import ATTRIBUTES, DATE_WORDS, attribute_by_name
from customer_platform.onboarding.wishes import Wishes, primary_key, with_wishes

# Their values look like numbers, and lose a leading zero as one.
_TEXT_ATTRIBUTES = (
    "phone", "postcode", "loyalty_card", "house_number", "registration_number", "vat_id",
    "account_number",
)  # fmt: skip
_MANY_COLUMNS = 300


@dataclass(frozen=True)
class Column:
    """What is proposed for a column.

    Attributes:
        name: As the source calls it.
        type: Its type.
        statistics: What its values look like.
        attribute: What it is of an entity's record.
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
        entity: Whose records the rows are; None where they are anything else.
        rows: Rows that were read.
        rejected: Rows that the loader could not read.
        primary_key: Its key.
        load_mode: How it is delivered.
        columns: Its columns.
        notes: What a person should know.
        written: How its files are written; None of a database.
        skipped: Rows without any value.
    """

    table: str
    entity: Entity | None
    rows: int
    rejected: int
    primary_key: PrimaryKey
    load_mode: LoadMode
    columns: Sequence[Column]
    notes: Sequence[str] = ()
    written: FileFormat | None = None
    skipped: int = 0

    def column_of(self, attribute: str) -> Column | None:
        """The column that is an attribute."""
        for column in self.columns:
            if column.attribute is not None and column.attribute.name == attribute:
                return column
        return None


def propose(delivery: Delivery, wishes: Wishes, entities: Sequence[Entity]) -> Proposal:
    """Propose a table from its files.

    Args:
        delivery: The files.
        wishes: What the user has said.
        entities: Those that the business model resolves.

    Raises:
        OnboardingError: The files can't be read, or a wish can't be fulfilled.
        UnclearEntityError: The rows are records, and it isn't clear of which entity.
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
                entities,
                delivery if delivery.dated else None,
            )
        notes = proposal.notes
        if result.skipped:
            notes = [*notes, f"{result.skipped:,} rows without any value were skipped"]
        proposal = replace(
            proposal,
            rejected=result.rejected,
            skipped=result.skipped,
            written=delivery.format,
            notes=notes,
        )
        # Says no before anything is written, for instance where two columns differ only in case.
        spec_of(delivery, {column.name: column.type.type for column in proposal.columns})
    return proposal


def propose_table(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    name: str,
    given: Mapping[str, str],
    wishes: Wishes,
    entities: Sequence[Entity],
    dated: Delivery | None = None,
) -> Proposal:
    """Propose a table from rows that are in DuckDB.

    Args:
        connection: Where they are.
        table: The qualified name of their table; `_partition` tells the partition.
        name: Name of the proposed table.
        given: Column -> the type it has there.
        wishes: What the user has said.
        entities: Those that the business model resolves.
        dated: The files, where each is of a day that its name tells.

    Raises:
        OnboardingError: A wish can't be fulfilled.
        UnclearEntityError: The rows are records, and it isn't clear of which entity.
    """
    [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
    found = statistics(connection, table, list(given))
    types = infer_types(
        connection, table, given, found, _named(given, _is_date), _named(given, _is_text)
    )
    key = primary_key(connection, table, rows, types, found, wishes)
    mode = find_load_mode(connection, table, types, key, dated)
    if wishes.load_mode is not None:
        mode = replace(mode, load_mode=wishes.load_mode, reason="as asked for")
    texts = [column for column in given if types[column].type == "varchar"]
    values = samples(connection, table, texts)
    told = {
        entity.name: find_attributes(values, types, found, key.columns, entity, entities)
        for entity in entities
    }
    entity = entity_of(name, key, told, given, wishes, entities)
    # Facts have no attributes that count, but a column that tells when a row was changed does.
    columns_of = told[entity.name] if entity else max(told.values(), key=len)
    attributes = with_wishes(columns_of, entity, wishes, given)
    columns = [
        Column(column, types[column], found[column], attributes.get(column)) for column in given
    ]
    return Proposal(name, entity, rows, 0, key, mode, columns, _notes(columns, entity, key))


def _named(given: Mapping[str, str], says: Callable[[str], bool]) -> list[str]:
    return [name for name in given if says(name)]


def _is_date(name: str) -> bool:
    return bool(set(words(name)) & DATE_WORDS) or (attribute_by_name(name) or ("",))[0] in (
        "birth_date", "created_at", "updated_at",
    )  # fmt: skip


def _is_text(name: str) -> bool:
    return (attribute_by_name(name) or ("",))[0] in _TEXT_ATTRIBUTES


def _read_in_view(column: Column, entity: Entity | None) -> str:
    """What becomes of text that is a number, or yes and no; records have attributes only."""
    reading = column.type.reading
    if reading is None:
        return ""
    if entity is None or column.attribute is not None:
        return f", and {reading.type} in the view"
    return ", which is no attribute of a record" + (
        ": read it with the macro parse_number" if isinstance(reading, NumberReading) else ""
    )


def _notes(columns: Sequence[Column], entity: Entity | None, key: PrimaryKey) -> list[str]:
    notes = [
        f"{column.name}: {column.type.note}{_read_in_view(column, entity)}"
        for column in columns
        if column.type.note
    ]
    for column in columns if entity else ():
        looks_like, _ = attribute_by_name(column.name) or ("", False)
        left = column.attribute is None and column.name not in key.columns
        if entity and left and looks_like in ATTRIBUTES and looks_like not in entity.columns:
            notes.append(
                f"{column.name}: {looks_like} is no attribute of {with_article(noun(entity.name))} "
                f"(var {entity.name}_attributes), so that it is in the raw table alone"
            )
    if len(columns) > _MANY_COLUMNS:
        notes.append(
            f"{len(columns):,} columns: take those that nobody needs out of defs.yaml; what is not "
            "declared is kept as JSON in _unexpected"
        )
    return notes
