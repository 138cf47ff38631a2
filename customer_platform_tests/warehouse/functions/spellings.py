"""Numbers of many countries as people, tools and spreadsheets write them."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberFormat

COUNTRIES = [
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
    "AR",
    "AU",
    "BR",
    "BY",
    "CL",
    "CN",
    "CO",
    "CR",
    "CZ",
    "EE",
    "EG",
    "FI",
    "GR",
    "HK",
    "HR",
    "HU",
    "ID",
    "IL",
    "IN",
    "IS",
    "JM",
    "JP",
    "KE",
    "KR",
    "KZ",
    "LT",
    "LV",
    "MX",
    "MY",
    "NG",
    "NZ",
    "PE",
    "PH",
    "RO",
    "RU",
    "SA",
    "SG",
    "SI",
    "SK",
    "TH",
    "TR",
    "UA",
    "VN",
    "ZA",
]

_KINDS = ("fixed_line", "mobile", "toll_free")
_IDD = {"US": "011", "CA": "011", "JM": "011", "AU": "0011", "RU": "810", "KZ": "810", "JP": "010"}


@dataclass(frozen=True)
class Spelling:
    """A text, the country it is read by, and the number that was written.

    Attributes:
        kind: How it was written.
        country: ISO code.
        text: The text.
        number: The number in E.164.
    """

    kind: str
    country: str
    text: str
    number: str


def spellings(count: int, seed: int) -> Iterator[Spelling]:
    """Spellings of made-up valid numbers, each country as often as each other.

    Args:
        count: How many.
        seed: Of what is random.
    """
    chance = random.Random(seed)
    for number in range(count):
        country = COUNTRIES[number % len(COUNTRIES)]
        written = _valid_number(chance, country)
        kind = chance.choice(list(_WAYS))
        text = _WAYS[kind](chance, written, country)
        e164 = phonenumbers.format_number(written, PhoneNumberFormat.E164)
        yield Spelling(kind, country, text, e164)


def reference(text: str, country: str) -> str | None:
    """What `phonenumbers` takes a text for, in E.164; None when it is no valid number."""
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _valid_number(chance: random.Random, country: str) -> Any:
    while True:
        example = phonenumbers.example_number_for_type(
            country, getattr(phonenumbers.PhoneNumberType, chance.choice(_KINDS).upper())
        )
        if example is None:
            continue
        digits = phonenumbers.national_significant_number(example)
        kept = chance.randint(1, max(1, len(digits) - 4))
        made = digits[:kept] + "".join(chance.choice("0123456789") for _ in digits[kept:])
        try:
            number = phonenumbers.parse(f"+{example.country_code}{made}")
        except phonenumbers.NumberParseException:
            continue
        if (
            phonenumbers.is_valid_number(number)
            and phonenumbers.national_significant_number(number) == made
            and phonenumbers.region_code_for_number(number) == country
        ):
            return number


def _international(chance: random.Random, number: Any, country: str) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _national(chance: random.Random, number: Any, country: str) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


def _e164(chance: random.Random, number: Any, country: str) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _separated(chance: random.Random, number: Any, country: str) -> str:
    text = chance.choice([_international, _national])(chance, number, country)
    return text.replace(" ", chance.choice(["", "-", ".", "  ", "\u00a0", "\u2011", "\u2009"]))


def _abroad(chance: random.Random, number: Any, country: str) -> str:
    return (
        _IDD.get(country, "00")
        + chance.choice(["", " "])
        + _international(chance, number, country)[1:]
    )


def _double_zero(chance: random.Random, number: Any, country: str) -> str:
    return "00" + _e164(chance, number, country)[1:]


def _with_zero(chance: random.Random, number: Any, country: str) -> str:
    text = _international(chance, number, country)
    return text.replace(" ", chance.choice([" (0)", " (0) ", " 0"]), 1)


def _without_plus(chance: random.Random, number: Any, country: str) -> str:
    return chance.choice([_e164, _international])(chance, number, country)[1:]


def _without_prefix(chance: random.Random, number: Any, country: str) -> str:
    return phonenumbers.national_significant_number(number)


def _extension(chance: random.Random, number: Any, country: str) -> str:
    text = chance.choice([_international, _national])(chance, number, country)
    word = chance.choice(
        ["x", " x", " ext. ", " ext ", " extension ", ";ext=", " #", " доб. ", " x. ", ", ext. "]
    )
    return f"{text}{word}{chance.randint(1, 9999)}"


def _uri(chance: random.Random, number: Any, country: str) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.RFC3966)


def _labelled(chance: random.Random, number: Any, country: str) -> str:
    text = chance.choice([_international, _national])(chance, number, country)
    return chance.choice(["Tel: ", "tel. ", "'", "Phone ", "\ufeff", "\u200b", "\t"]) + text


def _other_digits(chance: random.Random, number: Any, country: str) -> str:
    zero = ord(chance.choice("０٠۰"))
    text = chance.choice([_international, _national])(chance, number, country)
    return "".join(chr(zero + int(each)) if each.isdecimal() else each for each in text)


def _float(chance: random.Random, number: Any, country: str) -> str:
    return chance.choice([_e164, _without_plus])(chance, number, country).replace(" ", "") + ".0"


def _hidden(chance: random.Random, number: Any, country: str) -> str:
    text = chance.choice([_international, _national])(chance, number, country)
    at = chance.randint(0, len(text))
    return text[:at] + chance.choice("\u200b\u2060\u200e\u202a\u00ad") + text[at:]


_WAYS: dict[str, Callable[[random.Random, Any, str], str]] = {
    "E.164": _e164,
    "international": _international,
    "national": _national,
    "separated": _separated,
    "dialled abroad": _abroad,
    "00": _double_zero,
    "with (0)": _with_zero,
    "without plus": _without_plus,
    "without prefix": _without_prefix,
    "extension": _extension,
    "uri": _uri,
    "labelled": _labelled,
    "other digits": _other_digits,
    "float": _float,
    "hidden": _hidden,
}
