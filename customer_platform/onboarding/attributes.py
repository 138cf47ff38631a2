"""The columns of a table, and which of them is which attribute of an entity's record."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from customer_platform.onboarding import content
from customer_platform.onboarding.addresses import PARTS, addresses_of
from customer_platform.onboarding.candidates import NUMBERS, Candidate, candidate
from customer_platform.onboarding.column_names import ColumnName, column_name
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.platform import CONSENT, SEVERAL, Entity
from customer_platform.onboarding.tools import Export
from customer_platform.onboarding.types import ColumnType
from customer_platform.onboarding.vocabulary import words

# Attributes that say who somebody is; without one a table is not of records.
IDENTIFYING = (
    "email", "phone", "first_name", "last_name", "full_name", "loyalty_card", "company_name",
    "registration_number", "vat_id",
)  # fmt: skip

# What a key may be besides the record's number: a list of subscribers has the address as its key.
_ALSO_KEYS = (
    "email", "phone", "company_name", "registration_number", "vat_id", "domain", "first_name",
    "last_name", "full_name", "birth_date", "loyalty_card",
)  # fmt: skip
# Taken though no row has one yet, as later rows may say it: a deletion, and consent or its refusal.
_EVEN_EMPTY_ALONE = ("deleted", *CONSENT)
# Taken so next to another column, with which they go.
_EVEN_EMPTY = (
    *_EVEN_EMPTY_ALONE, "phone", "street_2", "house_number_addition", "last_name_prefix",
)  # fmt: skip
_NOTHING = ColumnName("", False)
# Directly behind the street these are the house's.
_NUMBER_ALONE = {"no", "nr", "num", "number", "nummer", "numero", "n"}


@dataclass(frozen=True)
class Attribute:
    """What a column is of a record.

    Attributes:
        name: The attribute. `phone_2` is the phone where that of the column before has none;
            `email_opt_out_2` says it as well. `address_2_city` is the city of a second address,
            which counts where a row has no first one.
        by: `name`, `content`, `tool` or `you`: how it was inferred.
    """

    name: str
    by: str

    @property
    def base(self) -> str:
        """The attribute that it is one of several of: `phone` of `phone_2`."""
        if self.address > 1:
            return self.name.split("_", 2)[2]
        base, _, number = self.name.rpartition("_")
        return base if number.isdigit() and base in SEVERAL else self.name

    @property
    def address(self) -> int:
        """The address that a part of one belongs to, the first that counts first."""
        found = re.match(r"address_([0-9]+)_", self.name)
        return int(found[1]) if found else 1


def find_attributes(
    values: Mapping[str, Sequence[str]],
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    primary_key: Sequence[str],
    entity: Entity,
    entities: Sequence[Entity],
    export: Export | None = None,
) -> dict[str, Attribute]:
    """Per column the attribute that it is; no attribute has two columns.

    What a column holds weighs more than what it is called: `contact` with email addresses in it is
    an email address, and `email` without one is none. Among columns alike the place that the name
    says counts (billing before shipping, home before work), then the one that is called exactly
    after the attribute, and of those the fullest. Of several addresses the columns of each
    whole one are taken. Further phones, emails and columns of consent are `phone_2`, `email_2` and
    so on.

    Args:
        values: Column of text -> some of its different values.
        types: Column -> its type.
        found: Column -> its statistics.
        primary_key: Columns of the key: the record's number, and at most what identifies by itself.
        entity: The entity whose attributes they are.
        entities: Those of the business model.
        export: The tool's export that the table is.
    """
    candidates: dict[str, list[Candidate]] = {}
    for name, statistics in found.items():
        if not statistics.filled and (column_name(name) or _NOTHING).attribute not in _EVEN_EMPTY:
            continue
        each = candidate(name, types[name], values.get(name, []), statistics, entity, export)
        if each is not None and (name not in primary_key or each.attribute in _ALSO_KEYS):
            # The number of an account, in a table of contacts, is not the contact's.
            if each.attribute == "account_number" and _is_another(name, entity, entities):
                continue
            candidates.setdefault(each.attribute, []).append(each)
    chosen: dict[str, Attribute] = {}
    for attribute, columns in candidates.items():
        if attribute not in PARTS:
            chosen |= _in_order(sorted(columns, key=lambda each: each.order(entity)))
    address = _address(candidates, entity)
    chosen |= address | _number_behind_street(address, chosen, types, found, primary_key)
    return _with_names(chosen, values, entity)


def _in_order(columns: Sequence[Candidate]) -> Iterator[tuple[str, Attribute]]:
    """The column that counts, and the further ones of an attribute that may have several."""
    first, *others = columns
    if not first.filled and first.attribute not in _EVEN_EMPTY_ALONE:
        return
    yield first.column, Attribute(first.attribute, first.by)
    most = SEVERAL.get(first.attribute, 1)
    named = [each for each in others if each.by != "content"][: most - 1]
    for number, each in enumerate(named, start=2):
        yield each.column, Attribute(f"{each.attribute}_{number}", each.by)


def _address(candidates: Mapping[str, Sequence[Candidate]], entity: Entity) -> dict[str, Attribute]:
    parts = [
        each
        for attribute in PARTS
        for each in sorted(candidates.get(attribute, ()), key=lambda each: each.order(entity))
    ]
    found: dict[str, Attribute] = {}
    addresses = addresses_of(parts, of_company=entity.is_of_companies)
    for number, address in enumerate(addresses, start=1):
        for part in address:
            name = part.attribute if number == 1 else f"address_{number}_{part.attribute}"
            # A country may go with several.
            found.setdefault(part.column, Attribute(name, part.by))
    return found


def _number_behind_street(
    address: Mapping[str, Attribute],
    chosen: Mapping[str, Attribute],
    types: Mapping[str, ColumnType],
    found: Mapping[str, ColumnStatistics],
    primary_key: Sequence[str],
) -> dict[str, Attribute]:
    """A column of numbers that is called so and stands behind the street: the house's."""
    by_part = {attribute.name: column for column, attribute in address.items()}
    columns = list(found)
    if "street" not in by_part or "house_number" in by_part:
        return {}
    for name in columns[columns.index(by_part["street"]) + 1 :][:1]:
        free = name not in chosen and name not in primary_key and found[name].filled
        if free and "".join(words(name)) in _NUMBER_ALONE and types[name].type in NUMBERS:
            return {name: Attribute("house_number", "name")}
    return {}


def _is_another(name: str, entity: Entity, entities: Sequence[Entity]) -> bool:
    """Whether a column is called after another entity of the business model."""
    return not entity.is_called(name) and any(other.is_called(name) for other in entities)


def _with_names(
    chosen: dict[str, Attribute], values: Mapping[str, Sequence[str]], entity: Entity
) -> dict[str, Attribute]:
    """Says what a column called `name`, `nom` or `naam` is: it depends on the other columns."""
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
