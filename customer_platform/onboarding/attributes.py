"""Which column is which attribute of an entity's record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from customer_platform.onboarding import content
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.entities import Entity
from customer_platform.onboarding.names import words
from customer_platform.onboarding.types import ColumnType
from customer_platform.onboarding.vocabulary import ATTRIBUTES, attribute_by_name

# Attributes that tell who somebody is; without one a table is not of records.
IDENTIFYING = (
    "email", "phone", "first_name", "last_name", "full_name", "loyalty_card", "company_name",
    "registration_number", "vat_id",
)  # fmt: skip

_NUMBERS = ("varchar", "bigint")
_TYPES = {
    "birth_date": ("date", "timestamp", "varchar"),
    "created_at": ("date", "timestamp"),
    "updated_at": ("date", "timestamp"),
    "email_consent": ("boolean", "bigint", "varchar"),
    "phone": _NUMBERS,
    "postcode": _NUMBERS,
    "loyalty_card": _NUMBERS,
    "house_number": _NUMBERS,
    "registration_number": _NUMBERS,
    "vat_id": _NUMBERS,
    "account_number": _NUMBERS,
}
# What a key may be besides the record's number: a list of subscribers has the address as its key.
_ALSO_KEYS = (
    "email", "phone", "company_name", "registration_number", "vat_id", "domain", "first_name",
    "last_name", "full_name", "birth_date", "loyalty_card",
)  # fmt: skip
# Named so, and different values: holds what the name says only with such values in it.
_TOLD_BY_CONTENT = {"email": content.holds_emails, "domain": content.holds_domains}
# Behind a word for the entity these make the number that the source knows it by.
_NUMBER_WORDS = {"id", "no", "nr", "number", "nummer", "code", "unique"}


@dataclass(frozen=True)
class Attribute:
    """What a column is of a record.

    Attributes:
        name: The attribute.
        by: `name` or `content`: how it was told.
    """

    name: str
    by: str


def find_attributes(
    values: Mapping[str, Sequence[str]],
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    primary_key: Sequence[str],
    entity: Entity,
    entities: Sequence[Entity],
) -> dict[str, Attribute]:
    """Per column the attribute that it is; no attribute has two columns.

    What a column holds weighs more than what it is called: `contact` with email addresses in it is
    an email address, and `email` without one is none. Among columns alike the one that is called
    exactly after the attribute counts, and of those the fullest.

    Args:
        values: Column of text -> some of its different values.
        types: Column -> its type.
        found: Column -> its statistics.
        primary_key: Columns of the key: the record's number, and at most what identifies by itself.
        entity: The entity whose attributes they are.
        entities: Those of the business model.
    """
    candidates: dict[str, list[tuple[tuple[int, int], str, str]]] = {}
    for name, statistics in found.items():
        if not statistics.filled:
            continue
        told = _told(name, types[name], values.get(name, []), entity)
        if told is not None and (name not in primary_key or told[0] in _ALSO_KEYS):
            attribute, by, strength = told
            # The number of an account, in a table of contacts, is not the contact's.
            if attribute == "account_number" and _is_another(name, entity, entities):
                continue
            candidates.setdefault(attribute, []).append(((strength, -statistics.filled), name, by))
    chosen = {
        name: Attribute(attribute, by)
        for attribute, columns in candidates.items()
        for _, name, by in [min(columns, key=lambda each: each[0])]
    }
    return _with_names(chosen, values, entity)


def _told(
    name: str, kind: ColumnType, values: Sequence[str], entity: Entity
) -> tuple[str, str, int] | None:
    """The attribute, how it was told, and how weakly."""
    by_name = _by_name(name, values, entity)
    if by_name is not None and not _type_fits(by_name[0], kind):
        by_name = None
    by_content = content.attribute_by_content(values, entity.columns)
    if by_name is None:
        return (by_content, "content", 2) if by_content else None
    attribute, exact = by_name
    if attribute in _TOLD_BY_CONTENT and not _TOLD_BY_CONTENT[attribute](values):
        return (by_content, "content", 2) if by_content else None
    if by_content in ("email", "phone") and attribute != by_content:
        return by_content, "content", 2
    return attribute, "name", 0 if exact else 1


def _by_name(name: str, values: Sequence[str], entity: Entity) -> tuple[str, bool] | None:
    """The attribute that a column is called after, and whether exactly so."""
    joined = "_".join(words(name))
    if joined in entity.attributes:
        return joined, True
    found = attribute_by_name(name)
    if found is not None and found[0] in entity.columns:
        return found
    if not entity.is_called(name):
        return None
    if "company_name" in entity.attributes and len(words(name)) == 1 and content.is_name(values):
        return "company_name", False
    last = words(name)[-1]
    if "account_number" in entity.attributes and last in _NUMBER_WORDS:
        return "account_number", False
    return None


def _is_another(name: str, entity: Entity, entities: Sequence[Entity]) -> bool:
    """Whether a column is called after another entity of the business model."""
    return not entity.is_called(name) and any(other.is_called(name) for other in entities)


def _type_fits(attribute: str, kind: ColumnType) -> bool:
    if attribute not in ATTRIBUTES:
        # One of the company's own, of which nothing is known.
        return True
    return kind.type.startswith(_TYPES.get(attribute, ("varchar",)))


def _with_names(
    chosen: dict[str, Attribute], values: Mapping[str, Sequence[str]], entity: Entity
) -> dict[str, Attribute]:
    """Says what a column called `name`, `nom` or `naam` is: it depends on those beside it."""
    by_attribute = {attribute.name: column for column, attribute in chosen.items()}
    column = by_attribute.get("full_name")
    if column is None:
        return chosen
    by = chosen.pop(column).by
    of_company = "company_name" in entity.attributes and "company_name" not in by_attribute
    if {"first_name", "last_name"}.isdisjoint(entity.attributes):
        name = "company_name" if of_company else None
    elif "first_name" in by_attribute and "last_name" not in by_attribute:
        name = "last_name"
    elif "last_name" in by_attribute and "first_name" not in by_attribute:
        name = "first_name"
    elif of_company and content.is_company_name(values.get(column, [])):
        name = "company_name"
    elif "last_name" not in by_attribute and content.is_full_name(values.get(column, [])):
        name = "full_name"
    else:
        name = None
    if name is not None:
        chosen[column] = Attribute(name, by)
    return chosen
