"""How likely a column is a key, judged by its name, and the key of which object."""

from customer_platform.onboarding.column_names import attribute_by_name, column_name, tokens
from customer_platform.onboarding.column_statistics import ColumnStatistics
from customer_platform.onboarding.types import ColumnType
from customer_platform.onboarding.vocabulary import (
    DESCRIBING_WORDS,
    INDEX_WORDS,
    JOB_WORDS,
    KEY_WORDS,
    MEASURE_WORDS,
    NOT_ATTRIBUTES,
    OCCASION_WORDS,
    PERSON_WORDS,
    words,
)

# Longer text is a description; that it never repeats is no plan of the source.
_LONGEST = 64
# Attributes that tell one record from another by themselves, the best first. No name of a person
# does: several customers have the same, sooner or later.
IDENTIFYING = ("email", "registration_number", "vat_id", "domain", "company_name")
# Those that are better keys than a code that nothing names as one.
_NUMBERS = ("email", "registration_number", "vat_id")
# What many have in common, or may change: never a key, nor a part of one.
_NEVER = {
    "phone", "postcode", "first_name", "last_name", "full_name", "initials", "last_name_prefix",
    "birth_date", "street", "street_2", "house_number", "house_number_addition", "email_consent",
    "email_opt_out", "deleted", "created_at", "updated_at",
} | NOT_ATTRIBUTES.keys() - {"nickname"}  # fmt: skip
# Ranks of columns, less is more of a key.
NAMED, NUMBERED, PLAIN, TELLING, TEXT, WHEN, SHARED = range(7)
_KEY_ENDINGS = ("nr", "nummer", "code")
_IDS = {"id", "uuid", "guid", "uid", "identifier", "oid", "key", "pk"}
_DATES = ("date", "timestamp")
_NO_KEYS = ("decimal", "double", "float", "boolean", "json", "struct", "map")


def may_be_key(name: str, kind: ColumnType, found: ColumnStatistics) -> bool:
    """Whether a column may be a key, or a part of one.

    Args:
        name: The column.
        kind: Its type.
        found: Its statistics.
    """
    if kind.staged.startswith(_NO_KEYS) or found.longest > _LONGEST:
        return False
    called = column_name(name)
    if called is not None:
        return called.attribute not in _NEVER or kind.type in _DATES
    parts = set(words(name))
    if parts & JOB_WORDS and not parts & KEY_WORDS - JOB_WORDS and not _is_code(kind, found):
        return False
    return not parts & (MEASURE_WORDS | DESCRIBING_WORDS) and not _is_index(name)


def _is_index(name: str) -> bool:
    """Whether a column is named as the number of a row in its file, such as pandas' index."""
    parts = {word for word in tokens(name) if not word.isdigit()}
    return not parts or bool(parts & INDEX_WORDS and parts <= INDEX_WORDS | KEY_WORDS)


def rank_of(name: str, kind: ColumnType, found: ColumnStatistics) -> int:
    """Less is more of a key: by name, codes, what identifies, other text, and when or where.

    Args:
        name: The column.
        kind: Its type.
        found: Its statistics.
    """
    attribute = attribute_by_name(name)
    if kind.type in _DATES:
        return WHEN
    if _is_named_as_key(name) and (
        attribute is None or attribute[0] in ("loyalty_card", "account_number")
    ):
        return NAMED
    if attribute is None:
        return PLAIN if _is_code(kind, found) else TEXT
    if attribute[0] in _NUMBERS:
        return NUMBERED
    return TELLING if attribute[0] in IDENTIFYING else SHARED


def _is_code(kind: ColumnType, found: ColumnStatistics) -> bool:
    """Whether the least and the greatest value are one word with a digit."""
    ends = (found.least or "", found.most or "")
    return kind.type != "varchar" or all(
        any(map(str.isdigit, each)) and len(each.split()) == 1 for each in ends
    )


def _is_named_as_key(name: str) -> bool:
    # Dutch and German write one word: lidnr, Kundennummer.
    parts = words(name)
    return bool(set(parts) & KEY_WORDS) or any(each.endswith(_KEY_ENDINGS) for each in parts)


def distance(name: str, table: str) -> int:
    """How far from the row a key is: its own, the table's, somebody's or an occasion's, others'.

    `Id` and `contact_id` identify a row of contacts; `AccountId` another object's.

    Args:
        name: The column.
        table: Name of the table.
    """
    said = [_without_ending(word) for word in words(name)]
    others = [word for word in said if word not in KEY_WORDS and not word.isdigit()]
    if not others:
        # A number may be that of a house, or of a row.
        return 0 if _IDS.intersection(said) else 3
    of_table = words(table)
    if all(any(word[:5] == each[:5] for each in of_table) for word in others):
        return 1
    return 2 if (PERSON_WORDS | OCCASION_WORDS).issuperset(others) else 3


def _without_ending(word: str) -> str:
    """`Klantnummer` and `lidnr` are the numbers of a klant and a lid."""
    ending = next((each for each in _KEY_ENDINGS if word.endswith(each)), "")
    return word.removesuffix(ending) or word


def is_of_row(name: str, table: str) -> bool:
    """Whether a column that is named as a key names no other object than a row of the table.

    Args:
        name: The column.
        table: Name of the table.
    """
    of_row = {*words(table), *PERSON_WORDS, *KEY_WORDS}
    return (
        all(word in of_row or word.endswith(_KEY_ENDINGS) or word.isdigit() for word in words(name))
        or attribute_by_name(name) is not None
    )
