"""Phone numbers of every country are read as Google's libphonenumber reads them, or not at all."""

from collections.abc import Callable

import pytest

from customer_platform.warehouse.functions.countries import COUNTRIES
from customer_platform_tests.warehouse.functions.conftest import Evaluate

phonenumbers = pytest.importorskip("phonenumbers", reason="a development dependency")

from customer_platform_tests.warehouse.functions.spellings import (  # noqa: E402
    Spelling,
    reference,
    spellings,
)


def _read_with_countries(evaluate: Evaluate, written: list[Spelling]) -> list[str | None]:
    """The numbers, each read in a query of its country: DuckDB plans every one of them."""
    found: dict[Spelling, str | None] = {}
    for country in {spelling.country for spelling in written}:
        ours = [spelling for spelling in written if spelling.country == country]
        texts = [spelling.text for spelling in ours]
        numbers = evaluate(f"normalise_phone(value, '{country}')", texts)
        found.update(zip(ours, numbers, strict=True))
    return [found[spelling] for spelling in written]


def _read_by_row(evaluate: Evaluate, written: list[Spelling]) -> list[str | None]:
    """The numbers, all read in one query."""
    texts = [f"{spelling.country}{spelling.text}" for spelling in written]
    return evaluate("normalise_phone(substring(value, 3), value[:2])", texts)


Read = Callable[[Evaluate, list[Spelling]], list[str | None]]


@pytest.mark.parametrize(
    ("read", "count", "seed"),
    [
        (_read_by_row, 2_000, 1),
        pytest.param(_read_with_countries, 2_000, 1, marks=pytest.mark.slow),
        pytest.param(_read_with_countries, 10_000, 2, marks=pytest.mark.slow),
        pytest.param(_read_with_countries, 10_000, 3, marks=pytest.mark.slow),
    ],
)
def test_spellings_of_sixty_countries_are_the_number_that_was_written(
    evaluate: Evaluate, read: Read, count: int, seed: int
) -> None:
    written = list(spellings(count, seed))
    missed, strangers = [], []
    for spelling, number in zip(written, read(evaluate, written), strict=True):
        # What libphonenumber doesn't read: floats of spreadsheets, and blanks of any kind.
        allowed = {spelling.number, reference(spelling.text, spelling.country)}
        allowed.add(reference(spelling.text.removesuffix(".0"), spelling.country))
        if number is None and reference(spelling.text, spelling.country):
            missed.append(spelling)
        elif number and number not in allowed:
            strangers.append((spelling, number))
    assert strangers == []
    assert len(missed) <= len(written) // 1000, missed[:5]


def test_an_example_of_every_country_and_kind_is_its_own_number(evaluate: Evaluate) -> None:
    numbers = [
        phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        for country in COUNTRIES
        for kind in phonenumbers.PhoneNumberType.values()
        if (example := phonenumbers.example_number_for_type(country, kind))
        and phonenumbers.is_valid_number(example)
    ]
    assert len(numbers) > 1000
    assert evaluate("normalise_phone(value, '??')", numbers) == numbers
    assert evaluate("read_phone(value, '??')", numbers) == numbers


@pytest.mark.parametrize(
    ("country", "number", "texts"),
    [
        ("DE", "+4917612345678", ["+49 176 12345678", "0176 12345678", "4917612345678",
                                  "004917612345678", "17612345678", "'017612345678"]),
        ("DE", "+4930123456", ["+49 30 123456", "030/123456", "030-123456-0", "+49 30 123456-0", "4930123456",
                               "+49 (0) 30 123456", "030 123456 App. 12", "030 123456 Durchwahl 12"]),
        ("DE", "+493012345612", ["03012345612", "030 123456-12"]),
        ("GB", "+442079460123", ["+44 20 7946 0123", "020 7946 0123", "+44 (0)20 7946 0123",
                                 "442079460123", "2079460123", "00 44 20 7946 0123",
                                 "+44 0 20 7946 0123", "020 7946 0123 x5"]),
        ("US", "+14155550123", ["(415) 555-0123", "1-415-555-0123", "4155550123.0", "415.555.0123",
                                "415-555-0123 x 12", "011 1 415 555 0123", "+14155550123;ext=12",
                                "0014155550123", "4.155550123E9", "４１５５５５０１２３"]),
        ("AT", "+4315121234", ["+43 1 5121234 DW 15", "01 5121234 Klappe 15"]),
        ("RU", "+79161234567", ["8 916 123 45 67", "+7 916 123-45-67", "89161234567 доб. 12"]),
        ("HU", "+3612345678", ["06 1 234 5678", "+36 (06) 1 234 5678", "3612345678"]),
        ("IT", "+390669812345", ["06 6981 2345", "+39 06 69812345", "0039 0669812345"]),
        ("MX", "+525512345678", ["+52 1 55 1234 5678", "044 55 1234 5678", "55 1234 5678"]),
        ("AR", "+5491123456789", ["011 15-2345-6789", "+54 9 11 2345 6789", "+54 11 15 2345 6789"]),
        ("BR", "+5511912345678", ["(11) 91234-5678", "0 15 11 91234-5678", "+55 11 91234-5678"]),
        ("NL", "+31612345678", ["+0031612345678", "0031(0)612345678", "anna 06-12345678",
                                "06-12345678 (werk)", "06 12345678 mobiel", "tel:0612345678"]),
        ("NL", None, ["+31 6 12345678/9", "0612345678 / 0201234567", "06-00000000", "112", "n/a",
                      "0", "-", "+", "", " ", "\u200b", None, "1234567890", "4.15555E+09",
                      "0612345678;0612345679", "06 12345678 of 020 1234567"]),
    ],
)  # fmt: skip
def test_a_number_is_the_same_however_people_write_it(
    evaluate: Evaluate, country: str, number: str | None, texts: list[str | None]
) -> None:
    found = evaluate(f"normalise_phone(value, '{country}')", texts)
    assert dict(zip(texts, found, strict=True)) == dict.fromkeys(texts, number)


def test_an_extension_makes_nobody_a_stranger(evaluate: Evaluate) -> None:
    texts = ["01539 12345 x6", "01539 123456"]
    one, other = evaluate("normalise_phone(value, 'GB')", texts)
    assert one != other


def test_without_a_country_a_national_number_is_compared_by_its_digits(evaluate: Evaluate) -> None:
    texts = ["06-12345678", "(06) 12345678 x2", "+31 6 12345678", "0031612345678", "112"]
    digits, number = "0612345678", "+31612345678"
    assert evaluate("normalise_phone(value, null)", texts) == [digits, digits, number, number, None]


def test_of_an_unknown_country_a_national_number_is_none(evaluate: Evaluate) -> None:
    texts = ["06-12345678", "+31 6 12345678", "0031612345678"]
    assert evaluate("normalise_phone(value, '??')", texts) == [None, "+31612345678", "+31612345678"]


def test_the_country_may_differ_by_row(evaluate: Evaluate) -> None:
    expression = "normalise_phone(split_part(value, ':', 2), split_part(value, ':', 1))"
    texts = ["NL:0612345678", "DE:017612345678", "US:4155550123", "XX:0612345678"]
    assert evaluate(expression, texts) == ["+31612345678", "+4917612345678", "+14155550123", None]
