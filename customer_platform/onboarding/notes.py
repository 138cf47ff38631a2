"""What a person should know of a proposed table: what was taken, what was left, and why."""

from collections.abc import Iterator, Sequence

from customer_platform.identity.entities import noun, with_article
from customer_platform.onboarding.addresses import PARTS
from customer_platform.onboarding.attributes import Column
from customer_platform.onboarding.candidates import MOMENTS
from customer_platform.onboarding.column_names import column_name
from customer_platform.onboarding.keys import PrimaryKey
from customer_platform.onboarding.platform import CONSENT, SEVERAL, Entity
from customer_platform.onboarding.readings import NumberReading
from customer_platform.onboarding.tools import Export
from customer_platform.onboarding.types import epoch_unit
from customer_platform.onboarding.vocabulary import ATTRIBUTES

_MANY_COLUMNS = 300
_MOST_NAMED = 6


def notes_on(
    columns: Sequence[Column], entity: Entity | None, key: PrimaryKey, export: Export | None
) -> list[str]:
    """The notes on a table.

    Args:
        columns: Its columns.
        entity: Whose records the rows are; None where they are anything else.
        key: Its primary key.
        export: The tool's export that it is recognised as.
    """
    notes = [
        f"{column.name}: {column.type.note}{_read_in_view(column, entity)}"
        for column in columns
        if column.type.note
    ]
    if entity is not None:
        notes += _on_key(columns, key)
        notes += _on_attributes(columns, entity)
        notes += _on_others(columns, entity, key, export)
    if len(columns) > _MANY_COLUMNS:
        notes.append(
            f"{len(columns):,} columns: remove those that aren't needed from defs.yaml; what "
            "isn't declared is kept as JSON in _unexpected"
        )
    return notes


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


def _on_key(columns: Sequence[Column], key: PrimaryKey) -> Iterator[str]:
    for column in columns:
        if key.columns == (column.name,) and column.attribute and column.attribute.name == "email":
            yield (
                f"{column.name}: nothing else identifies a row; who changes the address becomes "
                "another record"
            )


def _on_attributes(columns: Sequence[Column], entity: Entity) -> Iterator[str]:
    """What an attribute is made of, where that isn't one column as it is."""
    by_name = {column.attribute.name: column for column in columns if column.attribute}
    for name, most in SEVERAL.items():
        if name in CONSENT:
            continue
        of_it = [by_name.get(f"{name}_{number}") for number in range(2, most + 1)]
        further = [column.name for column in of_it if column is not None]
        if further:
            yield f"{name}: {by_name[name].name}, and where it has none {', then '.join(further)}"
    yield from _on_addresses(columns)
    street = [
        by_name[part].name
        for part in ("street", "house_number", "house_number_addition", "street_2")
        if part in by_name
    ]
    if "street" in by_name and len(street) > 1:
        yield f"street: {', '.join(street)} together"
    if {"last_name", "last_name_prefix"} <= by_name.keys():
        prefix, last = by_name["last_name_prefix"].name, by_name["last_name"].name
        yield f"last_name: {last}, with {prefix} before it"
    yield from _on_consent(columns)
    for name in ("created_at", "updated_at"):
        column = by_name.get(name)
        unit = column and epoch_unit(column.type, column.statistics)
        if column is not None and unit:
            yield f"{column.name}: {unit} since 1970, and a timestamp in the view"
    deleted = by_name.get("deleted")
    if deleted is not None:
        yield (
            f"{deleted.name}: a record for which it says so is deleted at the source, and is left "
            "out of the view"
        )


def _on_addresses(columns: Sequence[Column]) -> Iterator[str]:
    """In which order the addresses count that a row may have."""
    addresses: dict[int, list[str]] = {}
    for column in columns:
        if column.attribute is not None and column.attribute.base in PARTS:
            addresses.setdefault(column.attribute.address, []).append(column.name)
    if len(addresses) > 1:
        first, *others = (", ".join(addresses[number]) for number in sorted(addresses))
        yield f"address: {first}; where a row has none whole, {'; then '.join(others)}"


def _on_consent(columns: Sequence[Column]) -> Iterator[str]:
    of_it = [each for each in columns if each.attribute and each.attribute.base in CONSENT]
    if len(of_it) > 1:
        listed = ", ".join(column.name for column in of_it)
        yield f"email_consent: {listed} together; a refusal in any of them counts first"
    for column in of_it:
        if column.attribute and column.attribute.base == "email_opt_out":
            yield f"{column.name}: the opposite of email_consent"
        elif column.type.type in MOMENTS:
            says = "a moment says that the person agreed; without one nothing is said"
            yield f"{column.name}: {says}"


def _on_others(
    columns: Sequence[Column], entity: Entity, key: PrimaryKey, export: Export | None
) -> Iterator[str]:
    """Columns that look like attributes and are none of the record."""
    other_addresses = []
    taken = {column.attribute.base for column in columns if column.attribute}
    for column in columns:
        called = column_name(column.name)
        if called is None or column.attribute is not None or column.name in key.columns:
            continue
        name = called.attribute
        if export is not None and export.says_of(column.name) is not None:
            continue
        if name in ATTRIBUTES and name not in entity.columns:
            yield (
                f"{column.name}: {name} is no attribute of {with_article(noun(entity.name))} "
                "(`attributes` in its YAML), so that it is in the raw table alone"
            )
        elif name in CONSENT and column.statistics.filled:
            yield (
                f"{column.name}: is called a column of consent, and has values that are not known: "
                "read it in the view"
            )
        elif name == "street" and name not in taken and column.statistics.filled:
            yield f"{column.name}: whole addresses, and no column of streets alone"
        elif name in PARTS and taken.intersection(PARTS) and column.statistics.filled:
            other_addresses.append(column.name)
        elif name == "birth_date" and name not in taken and column.statistics.filled:
            yield f"{column.name}: no dates with a year, and so no dates of birth"
    if other_addresses:
        shown = ", ".join(other_addresses[:_MOST_NAMED])
        more = len(other_addresses) - _MOST_NAMED
        yield (
            f"{shown}{f' and {more} more' if more > 0 else ''}: of another address than the one "
            "that is taken, and in the raw table alone"
        )
