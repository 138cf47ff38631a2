"""A proposal for one table: everything that its declaration and its staging view need."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from customer_platform.errors import OnboardingError
from customer_platform.identity.entities import noun
from customer_platform.ingestion.sniff import FileFormat
from customer_platform.onboarding.attributes import Column, find_attributes
from customer_platform.onboarding.column_names import attribute_by_name, column_name
from customer_platform.onboarding.column_statistics import statistics
from customer_platform.onboarding.content import samples
from customer_platform.onboarding.delivered import (
    SOURCE,
    Delivery,
    column_types,
    read_delivery,
    spec_of,
)
from customer_platform.onboarding.fact_finding import facts_of
from customer_platform.onboarding.fact_roles import as_text, part_of_transactions
from customer_platform.onboarding.facts import (
    Facts,
    customers_table,
    fact_key,
    fact_owner,
)
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.load_mode import LoadMode, find_load_mode
from customer_platform.onboarding.loaded_rows import LoadedRows
from customer_platform.onboarding.notes import notes_on
from customer_platform.onboarding.platform import SEVERAL, Entity
from customer_platform.onboarding.records import entity_of
from customer_platform.onboarding.tools import Export, recognise
from customer_platform.onboarding.types import infer_types
from customer_platform.onboarding.vocabulary import DATE_WORDS, words
from customer_platform.onboarding.wishes import Wishes, primary_key, with_wishes

# Their values look like numbers, and lose a leading zero as one.
_TEXT_ATTRIBUTES = (
    "phone", "postcode", "loyalty_card", "house_number", "house_number_addition", "street_2",
    "registration_number", "vat_id", "account_number", "parent_source_record_id", "fax",
)  # fmt: skip


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
        export: The tool's export that it is recognised as.
        skipped: Rows without any value.
        facts: How the rows are transactions or events; None where they are neither.
        owner: Of facts: the entity whose records they belong to.
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
    export: Export | None = None
    skipped: int = 0
    facts: Facts | None = None
    owner: Entity | None = None

    def column_of(self, attribute: str) -> Column | None:
        """The column that is an attribute."""
        for column in self.columns:
            if column.attribute is not None and column.attribute.name == attribute:
                return column
        return None

    def all_of(self, attribute: str) -> list[Column]:
        """The columns that are an attribute of which there may be several, in their order."""
        numbers = range(2, SEVERAL[attribute] + 1)
        names = (attribute, *(f"{attribute}_{number}" for number in numbers))
        return [column for name in names if (column := self.column_of(name)) is not None]


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
                    "that types can be inferred"
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
            notes = [*notes, f"rows without any value, which are skipped: {result.skipped:,}"]
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
        table: The qualified name of their table; `_partition` is the partition.
        name: Name of the proposed table.
        given: Column -> the type it has there.
        wishes: What the user has said.
        entities: Those that the business model resolves.
        dated: The files, where each is of a day that its name says.

    Raises:
        OnboardingError: A wish can't be fulfilled.
        UnclearEntityError: The rows are records, and it isn't clear of which entity.
    """
    [(rows,)] = connection.execute(f"select count(*) from {table}").fetchall()
    found = statistics(connection, table, list(given))
    types = infer_types(
        connection, table, given, found, _named(given, _is_date), _named(given, _is_text)
    )
    types = as_text(types)
    export = recognise(given)
    key = primary_key(connection, table, rows, types, found, wishes, export)
    loaded = LoadedRows(connection, table, types, found, rows)
    facts = facts_of(loaded, key, wishes)
    if facts is not None:
        key = fact_key(loaded, key, facts, wishes)
        export = facts.export
    mode = find_load_mode(connection, table, types, key, dated)
    if wishes.load_mode is not None:
        mode = replace(mode, load_mode=wishes.load_mode, reason="as asked for")
    texts = [column for column in given if types[column].type == "varchar"]
    values = samples(connection, table, texts)
    told = {
        entity.name: find_attributes(
            values, types, found, key.columns, entity, entities, None if facts else export
        )
        for entity in entities
    }
    if facts is not None:
        owner = fact_owner(facts, entities)
        told_of_owner = told[owner.name] if owner else {}
        columns = [
            Column(column, types[column], found[column], told_of_owner.get(column))
            for column in given
        ]
        notes = [*facts.notes, *notes_on(columns, None, key, None)]
        if owner is not None and facts.kind == "transactions":
            by = " or ".join(facts.roles[role] for role in facts.customer)
            notes.append(
                f"whom it names, by {by}, become {noun(owner.name)} records "
                f"(view {customers_table(name)})"
            )
        return Proposal(
            name, None, rows, 0, key, mode, columns, notes,
            export=export, facts=facts, owner=owner,
        )  # fmt: skip
    entity = entity_of(name, key, told, given, wishes, entities, export)
    # Facts have no attributes that count, but a column that says when a row was changed does.
    columns_of = told[entity.name] if entity else max(told.values(), key=len)
    attributes = with_wishes(columns_of, entity, wishes, given)
    columns = [
        Column(column, types[column], found[column], attributes.get(column)) for column in given
    ]
    notes = notes_on(columns, entity, key, export)
    if entity is None and wishes.kind is None and "transactions" in wishes.told:
        notes += filter(None, [part_of_transactions(types, found)])
    return Proposal(name, entity, rows, 0, key, mode, columns, notes, export=export)


def _named(given: Mapping[str, str], says: Callable[[str], bool]) -> list[str]:
    return [name for name in given if says(name)]


def _is_date(name: str) -> bool:
    return bool(set(words(name)) & DATE_WORDS) or (attribute_by_name(name) or ("",))[0] in (
        "birth_date", "created_at", "updated_at",
    )  # fmt: skip


def _is_text(name: str) -> bool:
    called = column_name(name)
    return called is not None and called.attribute in _TEXT_ATTRIBUTES
