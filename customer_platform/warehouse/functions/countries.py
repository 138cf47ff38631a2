"""The countries: their codes, what people call them, and how they write dates and phone numbers."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

# ISO code -> calling_code, month_first (true, false, or null where people write both) and names, in
# lower case, without accents and dots, hyphens as blanks. Written by `country_metadata`.
FILE = Path(__file__).with_name("countries.json")


@cache
def _countries() -> Mapping[str, Mapping[str, Any]]:
    countries: Mapping[str, Mapping[str, Any]] = json.loads(FILE.read_text("utf-8"))
    return countries


def calling_code(country: str) -> int:
    """The calling code of a country."""
    code: int = _countries()[country]["calling_code"]
    return code


def country_names() -> Mapping[str, list[str]]:
    """ISO code -> names of a country, as `normalise_country` compares them."""
    return {code: each["names"] for code, each in _countries().items()}


COUNTRIES = tuple(code for code, each in _countries().items() if each["calling_code"])
MONTH_FIRST = frozenset(code for code, each in _countries().items() if each["month_first"])
BOTH_ORDERS = frozenset(code for code, each in _countries().items() if each["month_first"] is None)
