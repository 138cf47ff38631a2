"""Writes `countries.json` and `duckdb_countries.sql`: the countries, from CLDR.

    python -m customer_platform.warehouse.functions.country_metadata

Needs the development dependencies `babel` and `phonenumbers`; what it writes is checked in.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import phonenumbers
from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers

from customer_platform.warehouse.functions.countries import FILE

WRITTEN = Path(__file__).with_name("duckdb_countries.sql")
# What people write beyond what CLDR has: by hand.
OTHER_NAMES = Path(__file__).with_name("country_names.json")

LANGUAGES = [
    "en",
    "nl",
    "de",
    "fr",
    "es",
    "pt",
    "it",
    "da",
    "sv",
    "nb",
    "fi",
    "pl",
    "cs",
    "sk",
    "hu",
    "ro",
    "bg",
    "hr",
    "sr",
    "sl",
    "el",
    "tr",
    "ru",
    "uk",
    "et",
    "lv",
    "lt",
    "ca",
    "ar",
    "he",
    "ja",
    "ko",
    "zh",
]

# Common before others, as a list of a choice has them: what was known first stays first.
_FIRST = [
    "NL",
    "BE",
    "DE",
    "GB",
    "FR",
    "LU",
    "IE",
    "AT",
    "CH",
    "ES",
    "IT",
    "PT",
    "DK",
    "SE",
    "NO",
    "PL",
    "US",
    "CA",
]
_BUCKETS = 256


def compared(name: str) -> str:
    """A name as the SQL function compares it, for names of the languages above."""
    folded = "".join(
        each for each in unicodedata.normalize("NFD", name.lower()) if not _is_accent(each)
    )
    for letters, plain in (
        ("ø", "o"),
        ("ł", "l"),
        ("đ", "d"),
        ("ı", "i"),
        ("ß", "ss"),
        ("æ", "ae"),
        ("ς", "σ"),
    ):
        folded = folded.replace(letters, plain)
    folded = unicodedata.normalize("NFC", folded).replace("-", " ").replace(".", "")
    return re.sub(
        r"[\u2010-\u2015\u2019ʼ’]",
        lambda found: " " if found[0] < "\u2016" and found[0] > "\u200f" else "'",
        folded,
    ).strip()


def _is_accent(mark: str) -> bool:
    return unicodedata.combining(mark) > 0 and not 0x3040 <= ord(mark) <= 0x30FF


def countries() -> Mapping[str, Mapping[str, Any]]:
    """What `countries.json` holds. A name of two countries in two languages is of neither."""
    other = json.loads(OTHER_NAMES.read_text("utf-8"))
    locales = [Locale.parse(language) for language in LANGUAGES]
    phones = set(phonenumbers.SUPPORTED_REGIONS)
    threes: dict[str, list[str]] = {}
    for three, twos in get_global("territory_aliases").items():
        if re.fullmatch("[A-Z]{3}", three) and len(twos) == 1:
            threes.setdefault(twos[0], []).append(three.lower())
    codes = [
        code
        for code in sorted(set(locales[0].territories) | phones)
        if re.fullmatch("[A-Z]{2}", code) and code not in ("EU", "EZ", "UN", "XA", "XB", "ZZ", "QO")
    ]
    ordered = [*_FIRST, *(code for code in codes if code not in _FIRST)]
    names = {
        code: dict.fromkeys(
            [
                *other.get(code, ()),
                *threes.get(code, ()),
                *(compared(each.territories[code]) for each in locales if code in each.territories),
            ]
        )
        for code in ordered
    }
    owners: dict[str, list[str]] = {}
    for code in ordered:
        for name in names[code]:
            owners.setdefault(name, []).append(code)
    by_hand = {name: code for code, listed in other.items() for name in listed}
    return {
        code: {
            "calling_code": phonenumbers.country_code_for_region(code) or None,
            "month_first": _month_first(code),
            "names": [
                name
                for name in names[code]
                if by_hand.get(name, code) == code
                and (name in by_hand or len(owners[name]) == 1)
                and (len(name) > 2 or not name.isascii() or name in by_hand)
            ],
        }
        for code in ordered
    }


def _month_first(country: str) -> bool | None:
    if country == "BI":
        # CLDR has the order of its English alone, which few there write.
        return False
    if country == "CA":
        # Its languages differ, and so do its people.
        return None
    pattern = None
    for language in ("en", "es", "fr"):
        if f"{language}_{country}" in _LOCALES:
            pattern = Locale.parse(f"{language}_{country}").date_formats["short"].pattern
            break
    return pattern is not None and pattern.startswith(("M", "MM"))


_LOCALES = frozenset(locale_identifiers())


def _sql(listed: Mapping[str, Mapping[str, Any]]) -> str:
    buckets = [""] * _BUCKETS
    twos = {}
    for code, each in listed.items():
        for name in each["names"]:
            if len(name) == 2 and name.isascii():
                twos[name] = code
            at = (ord(name[0]) * 31 + len(name)) % _BUCKETS
            buckets[at] += f"{code}|{name}|"
    texts = "~".join(buckets).replace("'", "''")
    short = " ".join(f"when '{name}' then '{code}'" for name, code in twos.items())
    return f"""\
-- Written by `python -m customer_platform.warehouse.functions.country_metadata` from CLDR: don't edit it.

-- The code of a country from two letters: those that people use for another, or the code itself.
create or replace macro country_of_letters(letters) as
    case lower(letters) {short} else upper(letters) end;

-- The code of a country from its name, in lower case without accents and dots, hyphens as blanks. A few
-- names share a text, which is found by the first letter and the length.
create or replace macro country_of_name(name) as
    list_transform(
        [name],
        lambda _name: list_transform(
            [string_split('{texts}', '~')[1 + (ascii(_name) * 31 + length(_name)) % {_BUCKETS}]],
            lambda _names: substring(_names, nullif(instr(_names, '|' || _name || '|'), 0) - 2, 2)
        )[1]
    )[1];
"""


if __name__ == "__main__":
    made = countries()
    FILE.write_text(
        "{\n"
        + ",\n".join(
            f'  "{code}": {json.dumps(each, ensure_ascii=False)}' for code, each in made.items()
        )
        + "\n}\n",
        encoding="utf-8",
    )
    WRITTEN.write_text(_sql(made), encoding="utf-8")
