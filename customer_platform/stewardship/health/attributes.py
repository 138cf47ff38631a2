"""Which match key or column of the records is a first name, a birth date, a postcode ..."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from customer_platform.declarations.health import (
    ATTRIBUTES,
    BIRTH_DATE,
    COMPANY_NAME,
    EMAIL,
    GENDER,
    GIVEN_NAME,
    LAST_NAME,
    PHONE,
    PLACE,
    POSTCODE,
    REGISTRATION,
    VAT,
)
from customer_platform.errors import RulesError
from customer_platform.identity import key_sql
from customer_platform.identity.rules import ResolutionRules
from customer_platform.suggestions import suggestion
from customer_platform.warehouse import sql

# By attribute, how its match key or column is called, as lower-case words. A name holds one of
# them: `customer_first_name` is a first name. The first attribute that fits is taken.
_NAMES: Mapping[str, str] = {
    GIVEN_NAME: (
        "first name|firstname|given name|givenname|forename|voornaam|vorname|prenom|roepnaam|nombre"
    ),
    LAST_NAME: (
        "last name|lastname|surname|family name|familyname|achternaam|nachname|nom|apellido|"
        "apellidos"
    ),
    BIRTH_DATE: (
        "birth date|birthdate|date of birth|dob|birthday|born|birth|geboortedatum|geburtsdatum"
    ),
    GENDER: "gender|sex|geslacht|geschlecht|sexe",
    POSTCODE: "postcode|postal code|postalcode|zip|zip code|zipcode|plz",
    EMAIL: "email|e mail|mail|email address",
    PHONE: "phone|phone number|telephone|mobile|telefoon|telefon|mobiel",
    REGISTRATION: (
        "registration|registration number|company number|kvk|coc|siren|siret|handelsregister"
    ),
    VAT: "vat|vat id|vat number|btw|ustid|tva|tax number",
    COMPANY_NAME: "company name|company|organisation|organization|trade name",
    PLACE: (
        "city|town|place|country|region|state|province|language|domain|street|address|woonplaats"
    ),
}
_WORDS = {attribute: names.split("|") for attribute, names in _NAMES.items()}

# What a normaliser says whatever the key is called.
_NORMALISED_AS = {"email": EMAIL, "phone": PHONE, "postcode": POSTCODE, "street": PLACE}

# Columns that are no match key are only taken by their whole name: `email_consent` is no address.
_FROM_COLUMNS = (GIVEN_NAME, LAST_NAME, BIRTH_DATE, GENDER, POSTCODE)

# The company's own attributes, then those that many rightly share.
DESCRIBING = (GIVEN_NAME, LAST_NAME, BIRTH_DATE, GENDER, POSTCODE, COMPANY_NAME, PLACE)


@dataclass(frozen=True)
class Attribute:
    """Where the values of an attribute are.

    Attributes:
        name: Its name among the match keys, or that of the column.
        column: Column of the records that holds it; says how values are masked.
        is_key: Whether it is a match key, whose values are compared as the rules do.
    """

    name: str
    column: str
    is_key: bool

    @property
    def value(self) -> str:
        """The column of its values in `records_query`."""
        return key_sql.key_column(self.name) if self.is_key else sql.identifier(self.column_name)

    @property
    def column_name(self) -> str:
        """Its name there when it is no match key."""
        return f"column {self.name}"


def find_attributes(
    rules: ResolutionRules,
    columns: Sequence[str],
    stated: Mapping[str, str | None],
) -> dict[str, Attribute]:
    """What is known of the records, by attribute; those that they lack are left out.

    Args:
        rules: The rules; a match key is known by its name, that of its column or its normaliser.
        columns: The records' columns, which may hold what is no match key, such as the gender.
        stated: By attribute, the match key or column that it is; None where it is none.

    Raises:
        RulesError: `stated` names an attribute, match key or column that there isn't.
    """
    found: dict[str, Attribute] = {}
    taken = {name for name in stated.values() if name}
    kinds = {name: attribute_of(rules, name) for name in rules.match_keys if name not in taken}
    by_name = {_squashed(column): column for column in columns}
    for attribute in ATTRIBUTES:
        if attribute in stated:
            continue
        key = next((name for name, kind in kinds.items() if kind == attribute), None)
        if key is not None:
            found[attribute] = Attribute(key, rules.match_keys[key].column, is_key=True)
        elif attribute in _FROM_COLUMNS:
            named = (by_name.get(_squashed(word)) for word in _WORDS[attribute])
            if column := next((each for each in named if each), None):
                found[attribute] = Attribute(column, column, is_key=False)
    for attribute, name in stated.items():
        if attribute not in ATTRIBUTES:
            raise RulesError(
                f"health.attributes has the unknown attribute {attribute!r}"
                + suggestion(attribute, ATTRIBUTES)
            )
        if name is None:
            continue
        if name in rules.match_keys:
            found[attribute] = Attribute(name, rules.match_keys[name].column, is_key=True)
        elif name.lower() in {column.lower() for column in columns}:
            found[attribute] = Attribute(name, name, is_key=False)
        else:
            raise RulesError(
                f"health.attributes takes {name!r} for the {attribute}, which is neither a match "
                "key nor a column of the records" + suggestion(name, [*rules.match_keys, *columns])
            )
    return found


def attribute_of(rules: ResolutionRules, key: str) -> str | None:
    """The attribute that a match key is; None when it is no known one."""
    match_key = rules.match_keys[key]
    if match_key.normalise in _NORMALISED_AS:
        return _NORMALISED_AS[match_key.normalise]
    for name in (key, match_key.column):
        words = f" {_words(name)} "
        for attribute, known in _WORDS.items():
            if any(f" {word} " in words for word in known):
                return attribute
    return None


def identifying_keys(rules: ResolutionRules, attributes: Mapping[str, Attribute]) -> list[str]:
    """The match keys whose value stands for one customer: alone in a rule, or a way to reach them.

    In the order of the rules' YAML.
    """
    describing = {attributes[name].name for name in DESCRIBING if name in attributes}
    alone = {rule.match[0] for rule in rules.match_rules if len(rule.match) == 1}
    reached = {attributes[name].name for name in (EMAIL, PHONE) if name in attributes}
    return [
        key
        for key in rules.match_keys
        if key in alone | reached
        and key not in describing
        and attribute_of(rules, key) not in DESCRIBING
    ]


def records_query(
    records: str,
    rules: ResolutionRules,
    attributes: Mapping[str, Attribute],
    columns: Sequence[str],
) -> str:
    """A query over the records: source, record_id, all match keys, and the attributes that aren't.

    And per match key of `given_columns` whether the record has a value there.

    Args:
        records: A table name or a query.
        rules: The rules.
        attributes: As `find_attributes` returns them.
        columns: The records' columns.
    """
    also = {
        each.column_name: _text_of(each.column) for each in attributes.values() if not each.is_key
    }
    also |= {
        given_column(key): f"{_text_of(column)} is not null"
        for key, column in given_columns(rules, columns).items()
    }
    return key_sql.keyed_records(records, rules, rules.match_keys, also)


def given_columns(rules: ResolutionRules, columns: Sequence[str]) -> dict[str, str]:
    """By match key, the column that holds what it was made of, where the records have it.

    That is its own column where the rules normalise it, and `email` where it is `email_key`.
    """
    by_name = {column.lower(): column for column in columns}
    found = {}
    for name, key in rules.match_keys.items():
        column = key.column if key.normalise != "exact" else key.column.removesuffix("_key")
        if (key.normalise != "exact" or column != key.column) and column.lower() in by_name:
            found[name] = column
    return found


def given_column(key: str) -> str:
    """The column of `records_query` that says whether a match key had anything to be made of."""
    return f"given {key}"


def _text_of(column: str) -> str:
    return f"nullif(trim(cast({sql.identifier(column)} as varchar)), '')"


def _words(name: str) -> str:
    """`customerFirstName_key` -> `customer first name`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.sub(r"[^a-z0-9]+", " ", parted.lower()).split()
    return " ".join(words[:-1] if words[-1:] == ["key"] else words)


def _squashed(name: str) -> str:
    return re.sub("[^a-z0-9]", "", name.lower())
