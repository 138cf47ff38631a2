"""Which column is which attribute of a customer record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from customer_platform.onboarding.content import (
    attribute_by_content,
    holds_emails,
    is_full_name,
    samples,
)
from customer_platform.onboarding.types import ColumnStatistics, ColumnType
from customer_platform.onboarding.vocabulary import attribute_by_name

# Attributes that tell who somebody is; without one a table is not of customers.
IDENTIFYING = ("email", "phone", "first_name", "last_name", "full_name", "loyalty_card")

_TYPES = {
    "birth_date": ("date", "timestamp", "varchar"),
    "created_at": ("date", "timestamp"),
    "updated_at": ("date", "timestamp"),
    "email_consent": ("boolean", "bigint", "varchar"),
    "phone": ("varchar", "bigint"),
    "postcode": ("varchar", "bigint"),
    "loyalty_card": ("varchar", "bigint"),
    "house_number": ("varchar", "bigint"),
}


@dataclass(frozen=True)
class Attribute:
    """What a column is of a customer record.

    Attributes:
        name: The attribute.
        by: `name` or `content`: how it was told.
    """

    name: str
    by: str


def find_attributes(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    primary_key: Sequence[str],
) -> dict[str, Attribute]:
    """Per column the attribute that it is; no attribute has two columns.

    What a column holds weighs more than what it is called: `contact` with email addresses in it is
    an email address, and `email` without one is none. Among columns alike the one that is called
    exactly after the attribute counts, and of those the fullest.

    Args:
        connection: Where the table is.
        table: Its qualified name.
        types: Column -> its type.
        found: Column -> its statistics.
        primary_key: Columns of the key; they are the record's number and nothing else.
    """
    candidates: dict[str, list[tuple[tuple[int, int], str, str]]] = {}
    texts = [name for name in found if types[name].type == "varchar"]
    values = samples(connection, table, texts)
    for name, statistics in found.items():
        if name in primary_key or not statistics.filled:
            continue
        told = _told(name, types[name], values.get(name, []))
        if told is not None:
            attribute, by, strength = told
            candidates.setdefault(attribute, []).append(((strength, -statistics.filled), name, by))
    chosen = {
        name: Attribute(attribute, by)
        for attribute, columns in candidates.items()
        for _, name, by in [min(columns, key=lambda each: each[0])]
    }
    return _with_names(chosen, values)


def _told(name: str, kind: ColumnType, values: Sequence[str]) -> tuple[str, str, int] | None:
    """The attribute, how it was told, and how weakly."""
    by_name = attribute_by_name(name)
    if by_name is not None and not _type_fits(by_name[0], kind):
        by_name = None
    by_content = attribute_by_content(values)
    if by_name is None:
        return (by_content, "content", 2) if by_content else None
    attribute, exact = by_name
    if attribute == "email" and not holds_emails(values):
        return (by_content, "content", 2) if by_content else None
    if by_content in ("email", "phone") and attribute != by_content:
        return by_content, "content", 2
    return attribute, "name", 0 if exact else 1


def _type_fits(attribute: str, kind: ColumnType) -> bool:
    return kind.type.startswith(_TYPES.get(attribute, ("varchar",)))


def _with_names(
    chosen: dict[str, Attribute], values: Mapping[str, Sequence[str]]
) -> dict[str, Attribute]:
    """Says what a column called `name`, `nom` or `naam` is: it depends on those beside it."""
    by_attribute = {attribute.name: column for column, attribute in chosen.items()}
    column = by_attribute.get("full_name")
    if column is None:
        return chosen
    by = chosen.pop(column).by
    if "first_name" in by_attribute and "last_name" not in by_attribute:
        chosen[column] = Attribute("last_name", by)
    elif "last_name" in by_attribute and "first_name" not in by_attribute:
        chosen[column] = Attribute("first_name", by)
    elif "last_name" not in by_attribute and is_full_name(values.get(column, [])):
        chosen[column] = Attribute("full_name", by)
    return chosen
