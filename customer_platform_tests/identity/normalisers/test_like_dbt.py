"""The engine normalises as the dbt macros do, on clean values, dirty ones and any text at all."""

from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer_platform.identity.normalisers import normalised
from customer_platform.identity.normalisers.phones import PHONE_RULES
from customer_platform_tests.identity.normalisers.conftest import MACROS, evaluate

TEXTS: dict[str, tuple[str, ...]] = {
    "email": (
        "anna@example.com",
        " Anna.De-Vries+shop@Mail.Example.CO.UK ",
        "anna@example",
        "anna@@example.com",
        "anna@.com",
        "anna@..com",
        "anna@example.com.",
        "a b@example.com",
        "@example.com",
        "anna@example.com\n",
        "anna\t@example.com",
        "anna\v@example.com",
        "jörg@exämple.de",
        "JÖRG@EXÄMPLE.DE",
        "\u212a@example.com",
        "anna@example.c\u00a0m",
        "a@b.c,d@e.f",
        "{x}@y.z",
        "\x7f@y.z",
        "a@b.c_d",
        "a@-.-",
    ),
    "phone": (
        "+31612345678",
        "0612345678",
        "06-12345678",
        "06 1234 5678",
        "+31 6 12 34 56 78",
        "+31 (0)6 1234 5678",
        "0031612345678",
        "31612345678",
        "612345678",
        "+3161234567",
        "+316123456789",
        "+310612345678",
        "+3131612345678",
        "+32475123456",
        "0475/12.34.56",
        "+49 151 23456789",
        "+491712345",
        "+39 06 6982",
        "06 6982",
        "+14155550123",
        "1-415-555-0123",
        "(415) 555-0123",
        "+1 1 415 555 0123",
        "+7 912 345 67 89",
        "+86 138 0013 8000",
        "00",
        "0",
        "+",
        "++31612345678",
        "+31+612345678",
        "n/a",
        "tel: 020 123 4567",
        "٠٦١٢٣٤٥٦٧٨",
        "0612345678\n",
        "+31612345678 ext 5",
        "45 12345678",
        "352 621 123 456",
        "- 0612345678",
        "6-12345678",
    ),
    "name": (
        "Jansen",
        "van der Berg",
        "Smit-Bakker",
        "O'Brien",
        "Müller",
        "Mu\u0308ller",
        "Strauß",
        "Łukasz",
        "Sørensen",
        "Đorđević",
        "Ærø Œuvre",
        "ÅÄÖ",
        "İstanbul",
        "\u212aelvin",
        "Ивано\u0306в",
        "李小龍",
        "أحمد",
        "3",
        "R2D2",
        "Anna\u200dMaria",
        "x\x00y",
        "-",
        " - ",
        "J.",
        "\u1e9e",
        "ﬀ",
    ),
    "street": (
        "Dorpsstraat 12",
        "Dorpsstraat 12-A",
        "Straße 1",
        "1e Weteringdwarsstr. 4 II",
        "улица 7",
        "١٢",
        "²",
        "  ",
        "Lange Voorhout",
    ),
    "postcode": ("1234 AB", "1234ab", " 1234  ab ", "SW1A 1AA", "1234\u00a0ab", "ß 1", "1\t2"),
    "code": ("LC-0001", "lc 0001", "LC0001", "-", " - ", "ß-1", "L—1", "lc_1"),
}

EDGES = ("", " ", "\n", "\t a \r\n", "null", "'", "\\", "%", "a" * 3000, "é" * 3000, "\U0001f600")


@pytest.mark.parametrize("kind", MACROS)
def test_chosen_values_are_normalised_as_by_dbt(
    in_memory: duckdb.DuckDBPyConnection, macros: dict[str, str], kind: str
) -> None:
    texts = [text for texts in TEXTS.values() for text in texts] + list(EDGES)
    for country in PHONE_RULES if kind == "phone" else [None]:
        assert_equal(in_memory, macros, kind, [*texts, None], country)


# Texts of which many are nearly valid: both the fast and the full paths are taken.
PIECES = {
    "email": ["a", "Z", "9", "@", ".", " ", "é", "\t", "-", "example.com", "_", "K", "\n", "\x1f"],
    "phone": [*"0123456789", "00", "+", " ", "-", "(0)", "31", "+31", "6", "12345678", "1", "x"],
    "name": [
        "Jan",
        "a",
        " ",
        "-",
        "'",
        "É",
        "e\u0301",
        "ß",
        "ø",
        "Ł",
        "7",
        "李",
        "İ",
        "\u0308",
        ".",
    ],
    "street": ["Weg", "a", " ", "-", "12", "É", "ß", "٣", "И", ".", "\u0301"],
    "postcode": ["1234", "AB", "ab", " ", "é", "-", "\t"],
    "code": ["LC", "1", "-", " ", "é", "a", "_"],
}


@pytest.mark.parametrize("kind", MACROS)
def test_any_text_is_normalised_as_by_dbt(
    in_memory: duckdb.DuckDBPyConnection, macros: dict[str, str], kind: str
) -> None:
    # DuckDB's Python client gives texts with lone surrogates to nobody.
    pieces = st.lists(st.sampled_from(PIECES[kind]), max_size=12).map("".join)
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    country = st.sampled_from(list(PHONE_RULES)) if kind == "phone" else st.none()

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(st.lists(pieces | anything, min_size=20, max_size=60), country)
    def check(texts: list[str], country: str | None) -> None:
        assert_equal(in_memory, macros, kind, texts, country)

    check()


@pytest.mark.parametrize("country", PHONE_RULES)
def test_numbers_of_every_country_are_normalised_as_by_dbt(
    in_memory: duckdb.DuckDBPyConnection, macros: dict[str, str], country: str
) -> None:
    codes = sorted({rule.code for rule in PHONE_RULES.values()} | {"7", "20", "86", "354"})
    bodies = [
        first + "1234567890123"[: length - 1] for first in "0123456789" for length in range(4, 15)
    ]
    starts = ["", "0", "00", "+", *(f"{sign}{code}" for code in codes for sign in ("", "+", "00"))]
    starts += [f"+{code}{trunk}" for code in codes for trunk in ("0", "1", code)]
    texts = [start + body for start in starts for body in bodies]
    assert_equal(in_memory, macros, "phone", texts, country)


def assert_equal(
    connection: duckdb.DuckDBPyConnection,
    macros: dict[str, str],
    kind: str,
    texts: Sequence[str | None],
    country: str | None,
) -> None:
    """Compares both, value by value."""
    ours = evaluate(connection, normalised(kind, "value", country), texts)
    theirs = evaluate(connection, macros[kind], texts, country)
    different = [
        (text, ours, theirs)
        for text, ours, theirs in zip(texts, ours, theirs, strict=True)
        if ours != theirs
    ]
    assert different == []
