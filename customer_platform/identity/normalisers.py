"""What makes the values of match keys comparable: SQL functions, by name of the normaliser.

The functions are in `customer_platform/warehouse/functions`; dbt's macros call the same ones.
"""

from collections.abc import Callable
from dataclasses import dataclass

from customer_platform.errors import RulesError
from customer_platform.suggestions import suggestion
from customer_platform.warehouse.functions.countries import (
    BOTH_ORDERS,
    COUNTRIES,
    MONTH_FIRST,
    calling_code,
)
from customer_platform.warehouse.sql import literal


@dataclass(frozen=True)
class Normaliser:
    """One way to make values comparable.

    Attributes:
        function: The SQL function that makes a text comparable; null when it is no value of this
            kind.
        fragment: The SQL function that does so with a part of a text, for what stands next to the
            `*` of an ignored value; None where the part is taken as it is.
        keeps: Whether a normalised value keeps anything of a text.
        argument: SQL of the function's second argument, from a country; None where it has one
            argument.
        countries: The countries it knows; empty when a country has no effect.
    """

    function: str
    fragment: str | None
    keeps: Callable[[str], object]
    argument: Callable[[str | None], str] | None = None
    countries: tuple[str, ...] = ()


def _letters(text: str) -> bool:
    return any(character.isalpha() for character in text)


def _letters_or_digits(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _digits(text: str) -> bool:
    return any(character.isdecimal() for character in text)


def _country(country: str | None) -> str:
    return "null" if country is None else literal(country)


def _order_of_day(country: str | None) -> str:
    if country is None:
        return "null"
    return r"'\3-\1-\2'" if country in MONTH_FIRST else r"'\3-\2-\1'"


_DATED = tuple(country for country in COUNTRIES if country not in BOTH_ORDERS)

NORMALISERS = {
    "exact": Normaliser("normalise_exact", None, str.strip),
    "email": Normaliser("normalise_email", "email_fragment", str.strip),
    "phone": Normaliser("normalise_phone", "phone_fragment", _digits, _country, COUNTRIES),
    "name": Normaliser("name_key", "name_fragment", _letters),
    "street": Normaliser("street_key", "street_fragment", _letters_or_digits),
    "postcode": Normaliser("normalise_postcode", "postcode_fragment", str.strip),
    "code": Normaliser("code_key", "code_fragment", _letters_or_digits),
    "date": Normaliser("normalise_date", None, _digits, _order_of_day, _DATED),
}
KNOWN_NORMALISERS = tuple(NORMALISERS)
KNOWN_COUNTRIES = COUNTRIES


def normalised(kind: str, value_sql: str, country: str | None = None) -> str:
    """SQL of the comparable text of a value; null when there is none.

    It calls functions that `create_functions` creates.

    Args:
        kind: Name of the normaliser.
        value_sql: SQL of the value, of any type; it is read as text.
        country: ISO-2 code of the country of values that don't say theirs.

    Raises:
        RulesError: The normaliser, or the country for it, isn't known.
    """
    check_normaliser(kind, country)
    normaliser = NORMALISERS[kind]
    argument = f", {normaliser.argument(country)}" if normaliser.argument else ""
    return f"{normaliser.function}(cast({value_sql} as varchar){argument})"


def functions_of(kind: str) -> tuple[str, ...]:
    """The SQL functions that `normalised` and `ignored` call for a normaliser."""
    normaliser = NORMALISERS[kind]
    return tuple(filter(None, (normaliser.function, normaliser.fragment)))


def ignored(kind: str, entry: str, value_sql: str, country: str | None = None) -> str:
    r"""SQL of whether a normalised value is the one that an entry of `ignored_values` means.

    An entry without `*` is normalised as values are. In one with `*`, which stands for any
    characters, each part next to it is.

    Args:
        kind: Name of the normaliser.
        entry: The entry.
        value_sql: SQL of the normalised value.
        country: Country of the normaliser.
    """
    if "*" not in entry:
        return f"{value_sql} = {normalised(kind, literal(entry), country)}"
    fragment = NORMALISERS[kind].fragment
    parts = [literal(_escaped(part)) for part in entry.strip(" ").split("*")]
    pattern = " || '%' || ".join(
        f"{fragment}({part})" if fragment and part != "''" else part for part in parts
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
            f"are compared, beginning with +{calling_code(country)} for {country}"
        )


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
