"""What a column holds, inferred from its values alone: emails, VAT numbers, countries, names."""

import re
from collections.abc import Collection, Mapping, Sequence

import duckdb

from customer_platform.onboarding.column_statistics import values_of
from customer_platform.onboarding.vocabulary import (
    CONSENT_VALUES,
    COUNTRIES,
    FIRST_NAMES,
    LAST_NAMES,
    LEGAL_FORMS,
    NO_WORDS,
    PARTICLES,
    TITLES,
    YES_WORDS,
    fold,
)

# The share of its values that must look like it.
_MOST = 0.8
# Names are of too many kinds for most of them to be in a list.
_SOME = 0.2
_SAMPLE = 2_000

_PATTERNS: Mapping[str, re.Pattern[str]] = {
    attribute: re.compile(rf"\s*(?:{pattern})\s*")
    for attribute, pattern in {
        "email": r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
        # European, with the country in front, and Brazilian companies' numbers.
        "vat_id": r"(?i:AT ?U[0-9]{8}|BE ?[01]?[0-9. ]{9,11}|ES ?[A-Z0-9][0-9]{7}[A-Z0-9]"
        r"|FR ?[A-Z0-9]{2} ?[0-9 ]{9,11}"
        r"|GB ?[0-9 ]{9,12}|IT ?[0-9]{11}|NL ?[0-9.]{9,11} ?B ?[0-9]{2}"
        r"|(?:CHE|CZ|DE|DK|EL|FI|HU|IE|LU|PL|PT|SE)[ -]?[0-9][0-9A-Z. ]{6,12})",
        "registration_number": r"[0-9]{2}\.[0-9]{3}\.[0-9]{3}/[0-9]{4}-[0-9]{2}",
        # A host and nothing behind it: a page of a site is a link to anything.
        "domain": r"(?i:(?:https?://)?(?:www\.)?(?:[a-z0-9][a-z0-9-]*\.)+"
        r"(?:com|org|net|biz|info|io|eu|nl|be|de|at|ch|fr|es|pt|it|lu|ie|dk|se|no|fi|pl|cz|br|mx|ar|"
        r"us|ca|au|nz|in|cn|jp|(?:co|com|org)\.[a-z]{2})/?)",
        # A plus, a leading zero or separators: a number without any could be any number.
        "phone": r"(?:\+|00)[1-9][0-9 ()./-]{6,17}"
        r"|\(?0[1-9][0-9]{0,3}\)?[ ./-]?[0-9][0-9 ./-]{4,11}"
        r"|\([2-9][0-9]{2}\) ?[0-9]{3}-[0-9]{4}|[2-9][0-9]{2}-[0-9]{3}-[0-9]{4}",
        # Dutch and British; five digits could be any number.
        "postcode": r"[1-9][0-9]{3} ?[A-Za-z]{2}"
        r"|[A-Za-z]{1,2}[0-9][A-Za-z0-9]? ?[0-9][A-Za-z]{2}",
    }.items()
}

# What columns of yes and no say, and of consent.
_SAID = frozenset[str]().union(*CONSENT_VALUES.values())
_OPTED = frozenset[str]({"x", "✓", "✔"}).union(
    *(CONSENT_VALUES[says] for says in ("yes", "no", "opted_in", "opted_out"))
)
# Digits of a moment, as the macro `opted_out` counts them.
_FEWEST_OF_MOMENT = 4
_NO_YEAR = re.compile(
    r"\s*(?:(?:--)?[0-9]{1,2}[-/. ][0-9]{1,2}[.]?|[0-9]{1,2}[. -]+[A-Za-z]{3,9}"
    r"|[A-Za-z]{3,9} [0-9]{1,2})\s*"
)
# What parts the lines of an address, and what a postcode has.
_APART = re.compile(r"[,;\n]|\s{2,}")
_MANY_DIGITS = re.compile(r"[0-9]{4}|[0-9][A-Za-z]{2}\b")

_WEB_ADDRESS = re.compile(r"\s*(?:https?://)?[^@\s/:]+\.[A-Za-z]{2,}(?:[/:?#]\S*)?\s*")


def samples(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
) -> dict[str, list[str]]:
    """Different values of columns, up to 2,000 of each, the same ones in every run.

    Args:
        connection: Where the table is.
        table: Its qualified name.
        columns: Names of columns.
    """
    if not columns:
        return {}
    rows = connection.execute(
        f"select name, list(value order by hash(value))[:{_SAMPLE}] from (select distinct name, "
        f"value from {values_of(table, columns)} where trim(value) <> '') group by name"
    ).fetchall()
    return dict(rows)


def attribute_by_content(values: Sequence[str], known: Collection[str]) -> str | None:
    """The attribute that different values of a column show it to be, None when they show none.

    Args:
        values: The values.
        known: The attributes that there are.
    """
    if not values:
        return None
    for attribute, pattern in _PATTERNS.items():
        if attribute in known and _share_matching(values, pattern) >= _MOST:
            return attribute
    folded = [fold(value).strip() for value in values]
    countries = [value.replace("-", " ").replace(".", "") for value in folded]
    if "country" in known and _share(countries, COUNTRIES) >= _MOST:
        return "country"
    if "company_name" in known and is_company_name(values):
        return "company_name"
    return _name_of_a_person(folded, known)


def _name_of_a_person(folded: Sequence[str], known: Collection[str]) -> str | None:
    # The last word of 'Jan van Dijk' is of the family; several words are no name of one kind.
    single = [value for value in folded if value.replace("-", "").replace("'", "").isalpha()]
    if len(single) < _MOST * len(folded):
        return None
    first, last = _share(folded, FIRST_NAMES), _share(folded, LAST_NAMES)
    if max(first, last) < _SOME:
        return None
    name = "first_name" if first > last else "last_name"
    return name if name in known else None


def holds_emails(values: Sequence[str]) -> bool:
    """Whether some values are email addresses: enough where the column's name says so."""
    return bool(values) and _share_matching(values, _PATTERNS["email"]) >= _SOME


def holds_domains(values: Sequence[str]) -> bool:
    """Whether some values are hosts or web addresses: enough where the column's name says so."""
    return bool(values) and _share_matching(values, _WEB_ADDRESS) >= _SOME


def is_company_name(values: Sequence[str]) -> bool:
    """Whether several values end in a legal form, as Acme B.V. and Acme GmbH do."""
    parts = [fold(value).replace(".", "").replace(",", " ").split() for value in values]
    return _share([each[-1] if len(each) > 1 else "" for each in parts], LEGAL_FORMS) >= _SOME


def is_name(values: Sequence[str]) -> bool:
    """Whether most values are words without digits, as no code or number is."""
    if not values:
        return False
    named = [any(map(str.isalpha, each)) and not any(map(str.isdigit, each)) for each in values]
    return sum(named) >= _MOST * len(values)


def is_full_name(values: Sequence[str]) -> bool:
    """Whether most values are several words, the first of them often a first name."""
    names = [
        [part for part in fold(value).replace(".", "").split() if part not in TITLES]
        for value in map(_in_order, values)
    ]
    several = [parts for parts in names if len(parts) > 1]
    if not several or len(several) < _MOST * len(values):
        return False
    return _share([parts[0] for parts in several], FIRST_NAMES) >= _SOME / 2


def _in_order(name: str) -> str:
    """A name as it is said: `Visser, Anna` is Anna Visser."""
    last, comma, first = name.partition(",")
    return f"{first} {last}" if comma else name


def _share_matching(values: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(pattern.fullmatch(value) is not None for value in values) / len(values)


def _share(values: Sequence[str], known: frozenset[str]) -> float:
    return sum(value in known for value in values) / len(values) if values else 0.0


def are_emails(values: Sequence[str]) -> bool:
    """Whether most values are email addresses."""
    return bool(values) and _share_matching(values, _PATTERNS["email"]) >= _MOST


def holds_particles(values: Sequence[str]) -> bool:
    """Whether values are what stands before a last name, such as `van der`."""
    parts = [re.findall(r"\w+", fold(value)) for value in values]
    return sum(bool(each) and PARTICLES.issuperset(each) for each in parts) >= _MOST * len(values)


def says_yes_or_no(values: Sequence[str]) -> bool:
    """Whether most values are words of agreement or refusal, or of neither, and of nothing else."""
    said = {value.strip().lower() for value in values}
    return bool(said) and len(said & _SAID) >= _MOST * len(said)


def says_who_refused(values: Sequence[str]) -> bool:
    """Whether all values are what the macro `opted_out` reads, or there is none yet."""
    return all(
        value.strip().lower() in _OPTED or len(re.findall("[0-9]", value)) >= _FEWEST_OF_MOMENT
        for value in values
    )


def is_yes_or_no(values: Sequence[str]) -> bool:
    """Whether all values are words of yes and no, or there is none yet."""
    return {value.strip().lower() for value in values} <= YES_WORDS | NO_WORDS | {"0", "1"}


def is_without_year(values: Sequence[str]) -> bool:
    """Whether most values are days of any year, such as `02/27`, `--02-27` and `27 Feb`."""
    return bool(values) and _share_matching(values, _NO_YEAR) >= _MOST


def is_whole_address(values: Sequence[str]) -> bool:
    """Whether most values are an address with its postcode and city, not the street alone."""
    parts = [[each for each in _APART.split(value) if each.strip()] for value in values]
    whole = [len(each) > 1 and any(map(_MANY_DIGITS.search, each[1:])) for each in parts]
    return bool(values) and sum(whole) >= _MOST * len(values)
