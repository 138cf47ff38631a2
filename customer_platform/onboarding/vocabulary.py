"""Names as words, and what columns, tables and people are called in seven languages.

The words are in `words.yaml`, the names of countries with the SQL function that reads them.
"""

import re
import unicodedata
from collections.abc import Mapping
from importlib import resources

import yaml

from customer_platform.identity.entities import nouns
from customer_platform.onboarding.dbt_templates import returned
from customer_platform.project import DBT_PROJECT
from customer_platform.warehouse.functions.countries import country_names


def fold(text: str) -> str:
    """Lower case without accents: `Prénom` is `prenom`, `Straße` is `strasse`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words(name: str) -> list[str]:
    """The words of a column name: `customerFirstName` and `Customer first-name` have the same."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[a-z0-9]+", fold(spaced))


def snake_case(name: str) -> str:
    """A name as the platform wants it: lower-case words and digits with single underscores."""
    joined = "_".join(words(name))
    if not joined:
        return ""
    return joined if joined[0].isalpha() else f"n{joined}"


def unique_names(names: list[str]) -> dict[str, str]:
    """Per column the snake-case name that no other column has."""
    taken: dict[str, str] = {}
    for position, name in enumerate(names, start=1):
        wanted = snake_case(name) or f"column_{position}"
        candidate, number = wanted, 2
        while candidate in taken.values():
            candidate, number = f"{wanted}_{number}", number + 1
        taken[name] = candidate
    return taken


_WORDS = yaml.safe_load(
    resources.files("customer_platform.onboarding").joinpath("words.yaml").read_text("utf-8")
)


_MACROS = DBT_PROJECT / "macros"


def _set(name: str) -> frozenset[str]:
    return frozenset(_WORDS[name].split())


def _sets(name: str) -> dict[str, frozenset[str]]:
    return {each: frozenset(names.split()) for each, names in _WORDS[name].items()}


# Attribute -> names of columns that hold it, and of those that are taken for no other.
ATTRIBUTES: Mapping[str, frozenset[str]] = _sets("attributes")
NOT_ATTRIBUTES: Mapping[str, frozenset[str]] = _sets("not_attributes")

# Word -> what it stands for.
ABBREVIATIONS: Mapping[str, str] = _WORDS["abbreviations"]

# Words that say whose attribute it is, those that say it is the company's, and words behind one:
# all change nothing about it.
OWNERS = _set("owners")
COMPANYS = _set("companys")
BEHIND = _set("behind")
# Words that stand between others.
CONNECTORS = _set("connectors")
# Which of several addresses, phones and emails it is, the first that counts first.
PLACES: Mapping[str, frozenset[str]] = _sets("places")
MOBILES = _set("mobiles")
# Words that say that a column is of somebody or something else.
OTHERS = _set("others")
# What stands at the end of a word that is made of several.
COMPOUNDS = _set("compounds")

# What consent to be emailed, and what a deletion, is called, and what the former says.
CONSENT: Mapping[str, frozenset[str]] = _sets("consent")
CONSENT_VALUES: Mapping[str, frozenset[str]] = {
    says: frozenset(said) for says, said in returned(_MACROS / "staging" / "says_yes.sql").items()
}
DELETED: Mapping[str, frozenset[str]] = _sets("deleted")

# What stands before a last name, and before a whole one.
PARTICLES = _set("particles")
TITLES = frozenset(map(fold, returned(_MACROS / "staging" / "names.sql")))

# Parts of names of columns that describe a row, and of those that count them: no keys.
DESCRIBING_WORDS = _set("describing")
INDEX_WORDS = _set("indexes")
# What somebody does, in names of columns of words: a position is also the number of a line.
JOB_WORDS = _set("jobs")
# What happened, as an order or event, in names of its number.
OCCASION_WORDS = _set("occasions")

# Parts of names of columns that hold days, that identify, and that measure.
DATE_WORDS = _set("dates")
KEY_WORDS = _set("keys")
MEASURE_WORDS = _set("measures")
MONEY_WORDS = _set("money")

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


# What people are called whose records a table holds.
PERSON_WORDS = frozenset(
    word for role in ("consumer", "person") for word in _WORDS["entity_words"][role].split()
)


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
