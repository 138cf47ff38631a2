"""What columns, tables and people are called, in seven languages.

The words are in `words.yaml`, the names of countries in the dbt macro that tells their codes.
"""

import ast
import re
from collections.abc import Mapping
from importlib import resources

import yaml

from customer_platform.environment import DBT_PROJECT
from customer_platform.identity.entities import nouns
from customer_platform.onboarding.names import words

_WORDS = yaml.safe_load(
    resources.files("customer_platform.onboarding").joinpath("words.yaml").read_text("utf-8")
)


_COUNTRY_NAMES = DBT_PROJECT / "macros" / "normalise" / "country_names.sql"


def country_names() -> Mapping[str, list[str]]:
    """ISO code -> names of a country, in lower case, as the dbt macro `country_names` has them."""
    literal = re.search(r"return\((\{.*\})\)", _COUNTRY_NAMES.read_text("utf-8"), re.S)
    assert literal is not None, f"{_COUNTRY_NAMES}: returns no mapping"
    names: Mapping[str, list[str]] = ast.literal_eval(literal[1])
    return names


def _set(name: str) -> frozenset[str]:
    return frozenset(_WORDS[name].split())


# Attribute -> names of columns that hold it.
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    attribute: frozenset(names.split()) for attribute, names in _WORDS["attributes"].items()
}

# Words that say whose attribute it is, and words behind one: both change nothing about it.
OWNERS = _set("owners")
BEHIND = _set("behind")

# Parts of names of columns that hold days, that identify, and that measure.
DATE_WORDS = _set("dates")
KEY_WORDS = _set("keys")
MEASURE_WORDS = _set("measures")

# What says yes and no in columns of text, as it is written there.
YES_WORDS = _set("yes")
NO_WORDS = _set("no")

# Months in names of files.
MONTHS = _set("months")

# What the name of a company ends with.
LEGAL_FORMS = _set("legal_forms")

# What values are.
FIRST_NAMES = _set("first_names")
LAST_NAMES = _set("last_names")
COUNTRIES = frozenset(name for names in country_names().values() for name in names)


def entity_words(entity: str) -> frozenset[str]:
    """The words that name an entity in names of tables and columns.

    Args:
        entity: Its name; one that the vocabulary doesn't have goes by that and its plural.
    """
    roles = _WORDS["entities"].get(entity)
    if roles is None:
        return frozenset(words(entity)) | frozenset(words(nouns(entity)))
    return frozenset(
        word for role in roles.split() for word in _WORDS["entity_words"][role].split()
    )


def attribute_by_name(name: str) -> tuple[str, bool] | None:
    """The attribute that a column is called after.

    Args:
        name: Name of the column.

    Returns:
        The attribute, and whether the name is exactly one of it; None when it is called otherwise.
    """
    parts = words(name)
    exact = _attribute("".join(parts))
    if exact is not None:
        return exact, True
    while parts and parts[0] in OWNERS:
        parts = parts[1:]
        found = _attribute("".join(parts))
        if found is not None:
            return found, False
    while parts and (parts[-1] in OWNERS or parts[-1] in BEHIND):
        parts = parts[:-1]
        found = _attribute("".join(parts))
        if found is not None:
            return found, False
    return None


def _attribute(joined: str) -> str | None:
    return next((each for each, names in ATTRIBUTES.items() if joined in names), None)
