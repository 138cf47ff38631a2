"""Writes `duckdb_phones.sql`: the phone numbers of every country, from Google's metadata.

    python -m customer_platform.warehouse.functions.phone_metadata

Needs the development dependency `phonenumbers`; what it writes is checked in.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from string import ascii_uppercase
from textwrap import fill
from typing import Any

import phonenumbers
from phonenumbers.data import _COUNTRY_CODE_TO_REGION_CODE as REGIONS_OF_CODES

from customer_platform.project import DBT_PROJECT

WRITTEN = Path(__file__).with_name("duckdb_phones.sql")
_DBT = DBT_PROJECT / "macros" / "normalise" / "phone_countries.sql"

# Its types leave open whether a country has anything at all.
PhoneMetadata: Any = phonenumbers.PhoneMetadata

_NOT_GEOGRAPHIC = "001"
_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
    "voicemail",
)

# Countries whose rule for a number dialled inside of them isn't `leave out this prefix, or put
# this area in front`. Mexicans wrote 1 behind +52 of a mobile number until 2019, and 01, 044
# or 045 before ten digits inside the country, which Google's metadata no longer know.
_SPECIAL = {"MX": (r"(?:1|01|04[45])(\d{10};)", r"\1")}

# The calling codes whose numbers are one pattern begin so; the first that fits counts.
_STARTS = ("3", "44", "49", "4", "1", "2", "5", "6", "7", "8", "9")


def numbers_of(code: int, regions: Iterable[str]) -> str:
    """Pattern of what follows the calling code in a valid number."""
    patterns: dict[str, None] = {}
    for region in regions:
        for kind in _KINDS:
            description = getattr(_metadata(code, region), kind)
            if description and description.national_number_pattern:
                patterns[description.national_number_pattern] = None
    return "|".join(patterns)


def written() -> str:
    """The SQL of the functions."""
    codes = sorted(REGIONS_OF_CODES.items(), key=lambda each: str(each[0]))
    countries = {
        name: PhoneMetadata.metadata_for_region(name)
        for name in sorted(phonenumbers.SUPPORTED_REGIONS)
    }
    local, special, removed = _prefixes(countries)
    valid = {
        start: "|".join(
            f"{code}(?:{numbers_of(code, regions)})"
            for code, regions in codes
            if next(each for each in _STARTS if str(code).startswith(each)) == start
        )
        for start in _STARTS
    }
    marked = "candidates"
    for start, pattern in valid.items():
        marked = f"regexp_replace({_narrowed(start, marked)}, '[+](?:{pattern});', '=\\0')"
    # One group per prefix, as what is before it has to stay.
    prefixes: dict[str, list[str]] = {}
    for code, names in codes:
        if names[0] in countries and (prefix := countries[names[0]].national_prefix):
            # Belarusians and Lithuanians write 0 behind the code, too.
            prefix = "(?:80?|0)" if names[0] in ("BY", "LT") else prefix
            prefixes.setdefault(prefix, []).append(str(code))
    behind_code = "|".join(f"({'|'.join(_shortened(each))}){p}" for p, each in prefixes.items())
    kept = "".join(f"\\{number + 1}" for number in range(len(prefixes)))
    abroad = _alternatives(
        (f"{name}:", each.international_prefix) for name, each in countries.items()
    )
    lost = [f"{name}{each.country_code}" for name, each in countries.items()]
    long = [f"{name}{each.country_code}" for name, each in countries.items() if _trunk(each) == "0"]
    prefix_of = _alternatives(removed.items())
    steps = "candidates"
    for name, (pattern, kept_of) in special.items():
        code = countries[name].country_code
        steps = (
            f"regexp_replace(regexp_replace({steps}, 'S{name}{pattern}', 'S{name}{kept_of}'), "
            f"'-[+]{code}{pattern}', '+{code}{kept_of}')"
        )
    of_area = _alternatives((f"{name}:", pattern) for name, (pattern, _) in local.items())
    return f"""\
-- Written by `python -m customer_platform.warehouse.functions.phone_metadata` from the metadata of
-- phonenumbers {phonenumbers.__version__}: don't edit it.

-- By country: its calling code, the prefix dialled before a number inside it, and the area that may be
-- left out.
create or replace macro country_number(country) as
    case when regexp_full_match(country, '[A-Z]{{2}}') then ascii(country) * 26 + ascii(country[2]) - 1754 end;

create or replace macro phone_code(country) as
    {_by_country({name: str(each.country_code) for name, each in countries.items()})};

create or replace macro phone_trunk(country) as
    {_by_country({name: trunk for name, each in countries.items() if (trunk := _trunk(each))})};

create or replace macro phone_area(country) as
    {_by_country({name: area for name, (_, area) in local.items()})};

-- A number as digits, behind the code of its country and a colon, as the ways to take it, the likeliest
-- first, each with a semicolon behind it. Behind '+' or the country's prefix for calls abroad it is an
-- international one. Otherwise it is L, one that is too long for a national number and has lost the '+'
-- before its calling code; S, national without the prefix dialled inside the country; P, national as
-- it is; C, one that has lost its '+'.
create or replace macro phone_candidates(digits, country) as
    regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(digits, '^(?:{of_area})$', '\\0~'),
                    '^([A-Z]{{2}}:)([0-9]+)~$', '\\1' || coalesce(phone_area(country), '') || '\\2'
                ),
                '^(?:[A-Z?]*:[+]|{abroad}|(?:[A-IK-Z?][A-Z?]|J[A-OQ-Z])?:00)', '+'
            ),
            '^[+][0-9]+$', '\\0;-\\0;'
        ),
        '^([A-Z?]{{2}}):([0-9]+)$', 'L\\1\\2;S\\1\\2;P\\1\\2;C\\1\\2;'
    );

-- Candidates, as numbers with '+'; what is none keeps a letter in front.
create or replace macro phone_numbers(candidates, country) as
    regexp_replace(
        regexp_replace({steps}, '-[+](?:{behind_code})', '+{kept}'),
        'L(?:{"|".join(_shortened(long))})([0-9]{{10,}};)|S(?:{prefix_of}|[A-Z]{{2}})|P[A-Z]{{2}}|C(?:{"|".join(_shortened(lost))})',
        '+' || coalesce(phone_code(country), '?') || '\\1', 'g'
    );

-- Candidates, each valid number with an equals sign in front.
create or replace macro phone_valid_marked(candidates) as
    {marked};
"""


def _metadata(code: int, region: str) -> Any:
    if region == _NOT_GEOGRAPHIC:
        return PhoneMetadata.metadata_for_nongeo_region(code)
    return PhoneMetadata.metadata_for_region(region)


def _narrowed(start: str, numbers: str) -> str:
    """SQL of numbers without those that are none by a country's own rule, of those that begin so.

    The kinds of German numbers allow some that the rule for all of them doesn't: +49 49 30 123456
    would be that of Berlin with its calling code twice.
    """
    if start != "49":
        return numbers
    german = PhoneMetadata.metadata_for_region("DE").general_desc.national_number_pattern
    too_long = "|".join(
        rf"{found[1]}\d{{{int(found[2] or 2) + 1},}}"
        for found in re.finditer(r"49(\(\?:[^()]*\))(?:\\d\\d\?|\\d\{1,(\d)\})", german)
    )
    return f"regexp_replace({numbers}, '[+]4949(?:{too_long})', '', 'g')"


def _by_country(texts: Mapping[str, str]) -> str:
    """SQL of the text at the number of a country; null at all others.

    Cells of one width in one text: a list of 676 texts would be copied again and again whenever
    DuckDB plans a query with it.
    """
    width = max(map(len, texts.values()))
    cells = (texts.get(a + b, "").ljust(width) for a in ascii_uppercase for b in ascii_uppercase)
    first = f"country_number(country) * {width} - {width - 1}"
    return f"nullif(rtrim(substring('{''.join(cells)}', {first}, {width})), '')"


def _trunk(country: Any) -> str:
    """The national prefix where it is a constant; else empty."""
    prefix = country.national_prefix_for_parsing or ""
    return prefix if prefix.isdigit() else ""


def _prefixes(
    countries: dict[str, Any],
) -> tuple[dict[str, tuple[str, str]], dict[str, tuple[str, str]], dict[str, str]]:
    """What is done with the prefix of a number dialled inside each country.

    Returns:
        By country, numbers that lack their area, and the area; by country, a pattern and its
        replacement; and the pattern of prefixes that are left out.
    """
    local, special, removed = {}, dict(_SPECIAL), {}
    for name, country in countries.items():
        pattern, rule = country.national_prefix_for_parsing, country.national_prefix_transform_rule
        if not pattern:
            continue
        if rule and rule.endswith(r"\1") and rule[:-2].isdigit() and pattern.startswith("("):
            short, _, rest = pattern.partition(")$")
            local[name] = (short[1:], rule[:-2])
            pattern = rest.lstrip("|")
        elif name == "AR":
            # Fifteen behind the area is a mobile number, as nine before it.
            area = pattern.removeprefix("0?(?:").removesuffix("15)?")
            special[name] = (f"0?{area}15", r"9\1")
            pattern = "0?"
        elif name == "BR":
            begun, _, rest = pattern.partition("(?:(")
            carriers = rest.partition(")(")[0]
            special[name] = (rf"{begun}(?:{carriers})(\d{{10,11}};)", r"\1")
            pattern = begun
        elif name == "GA":
            special[name] = (pattern, rule)
            continue
        elif name == "JP":
            # What is written with three zeros is read as it is.
            pattern = "(?:003768)?0"
        if pattern:
            removed[name] = _without_groups(pattern)
    return local, special, removed


def _alternatives(patterns: Iterable[tuple[str, str | None]]) -> str:
    """One pattern of country and text, countries of equal patterns together."""
    countries: dict[str, list[str]] = {}
    for name, pattern in patterns:
        if pattern:
            countries.setdefault(_without_groups(pattern), []).append(name)
    return "|".join(
        f"(?:{'|'.join(_shortened(names))})(?:{each})" for each, names in countries.items()
    )


def _shortened(texts: Iterable[str]) -> Iterator[str]:
    """Texts that differ in the last character alone as one alternative."""
    lasts: dict[str, str] = {}
    for text in texts:
        lasts[text[:-1]] = lasts.get(text[:-1], "") + text[-1]
    for start, last in lasts.items():
        yield start + (last if len(last) == 1 else f"[{last}]")


def _without_groups(pattern: str) -> str:
    return pattern.replace("(?:", "\0").replace("(", "(?:").replace("\0", "(?:")


def dbt_macro() -> str:
    """The countries as a dbt macro, which checks the var default_country against them."""
    names = ", ".join(f"'{name}'" for name in sorted(phonenumbers.SUPPORTED_REGIONS))
    return f"""\
{{#- The countries with phone numbers. Written by customer_platform.warehouse.functions.phone_metadata. -#}}
{{% macro phone_countries() -%}}
    {{{{ return([
        {fill(names, 110, subsequent_indent="        ")}
    ]) }}}}
{{%- endmacro %}}
"""


if __name__ == "__main__":
    WRITTEN.write_text(written(), encoding="utf-8")
    _DBT.write_text(dbt_macro(), encoding="utf-8")
