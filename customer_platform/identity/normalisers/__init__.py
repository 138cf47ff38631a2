"""What makes the values of match keys comparable: SQL of DuckDB, by the name of the normaliser.

Every normaliser has a fast path for values that are clean already, and gives for them what its
full path would give. The full paths give what the dbt macros for the same attribute give.
"""

from collections.abc import Callable
from dataclasses import dataclass

from customer_platform.identity.errors import RulesError
from customer_platform.identity.normalisers import codes, dates, emails, names, phones
from customer_platform.identity.suggestions import suggestion


@dataclass(frozen=True)
class Normaliser:
    """One way to make values comparable.

    Attributes:
        value: SQL of the normalised value from SQL of a text, and the country; null when the text
            is no value of this kind.
        fragment: SQL of a part of a normalised value from SQL of a part of a text, for what stands
            beside the `*` of an ignored value.
        keeps: Whether a normalised value keeps anything of a text.
        countries: The countries it knows; empty when a country has no effect.
    """

    value: Callable[[str, str | None], str]
    fragment: Callable[[str], str]
    keeps: Callable[[str], object]
    countries: tuple[str, ...] = ()


def _letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _letters_or_digits(text: str) -> bool:
    return any(character.isalpha() or character in _DIGITS for character in text)


def _digits(text: str) -> bool:
    return any(character in _DIGITS for character in text)


_DIGITS = frozenset("0123456789")

NORMALISERS = {
    "exact": Normaliser(codes.exact, codes.exact_fragment, bool),
    "email": Normaliser(emails.email, emails.email_fragment, str.strip),
    "phone": Normaliser(phones.phone, phones.phone_fragment, _digits, phones.COUNTRIES),
    "name": Normaliser(names.name, names.name_fragment, _letters),
    "street": Normaliser(names.street, names.street_fragment, _letters_or_digits),
    "postcode": Normaliser(codes.postcode, codes.postcode_fragment, str.strip),
    "code": Normaliser(codes.code, codes.code_fragment, _letters_or_digits),
    "date": Normaliser(dates.date, dates.date_fragment, _digits, dates.COUNTRIES),
}
KNOWN_NORMALISERS = tuple(NORMALISERS)
KNOWN_COUNTRIES = phones.COUNTRIES


def normalised(kind: str, value_sql: str, country: str | None = None) -> str:
    """SQL of the comparable text of a value; null when there is none.

    Args:
        kind: Name of the normaliser.
        value_sql: SQL of the value, of any type; it is read as text.
        country: ISO-2 code of the country of values that don't say theirs.

    Raises:
        RulesError: The normaliser, or the country for it, isn't known.
    """
    check_normaliser(kind, country)
    return NORMALISERS[kind].value(f"cast({value_sql} as varchar)", country)


def ignored(kind: str, entry: str, value_sql: str, country: str | None = None) -> str:
    r"""SQL of whether a normalised value is the one that an entry of `ignored_values` means.

    An entry without `*` is normalised as values are. In one with `*`, which stands for any
    characters, each part beside it is.

    Args:
        kind: Name of the normaliser.
        entry: The entry.
        value_sql: SQL of the normalised value.
        country: Country of the normaliser.
    """
    if "*" not in entry:
        return f"{value_sql} = {normalised(kind, _text(entry), country)}"
    fragment = NORMALISERS[kind].fragment
    parts = entry.strip(" ").split("*")
    pattern = " || '%' || ".join(
        fragment(_text(_escaped(part))) if part else "''" for part in parts
    )
    escape = r" escape '\'" if any(character in entry for character in "%_\\") else ""
    return f"{value_sql} like ({pattern}){escape}"


def check_normaliser(kind: str, country: str | None) -> None:
    """Checks that a normaliser is known, and the country for it.

    Raises:
        RulesError: It isn't; lists what is known.
    """
    if kind not in NORMALISERS:
        raise RulesError(f"unknown normaliser {kind!r}" + suggestion(kind, KNOWN_NORMALISERS))
    countries = NORMALISERS[kind].countries
    if country is None:
        return
    if not countries:
        raise RulesError(f"country has no effect on a key with normalise: {kind}; leave it out")
    if country not in countries:
        raise RulesError(
            f"unknown country {country!r} for normalise: {kind}" + suggestion(country, countries)
        )


def check_ignored(kind: str, entry: str, country: str | None) -> None:
    """Checks that an entry of `ignored_values` with `*` can match, and doesn't match everything.

    Raises:
        RulesError: It can't, or it does.
    """
    if "*" not in entry:
        return
    if not NORMALISERS[kind].keeps(entry.replace("*", "")):
        raise RulesError(
            f"ignored value {entry!r} would ignore every value: beside the * it holds nothing "
            f"that normalise: {kind} keeps; leave it out, or leave out the match key"
        )
    if kind == "phone" and country is not None and entry.strip(" ")[0] not in "+*":
        raise RulesError(
            f"ignored value {entry!r} matches no number: with a * it has to be written as numbers "
            f"are compared, beginning with +{phones.PHONE_RULES[country].code} for {country}"
        )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
