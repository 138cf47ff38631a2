"""What every function takes as equal, and what as no value."""

import duckdb
import pytest

from customer_platform.ingestion.casts import is_blank
from customer_platform.warehouse.functions import create_functions
from customer_platform_tests.warehouse.functions.conftest import Evaluate

CALLS = {
    "exact": "normalise_exact(value)",
    "shown": "normalise_name(value)",
    "email": "normalise_email(value)",
    "phone": "normalise_phone(value, 'NL')",
    "name": "name_key(value)",
    "street": "street_key(value)",
    "postcode": "normalise_postcode(value)",
    "code": "code_key(value)",
    "shown code": "normalise_code(value)",
    "date": "normalise_date(value, null)",
    "country": "normalise_country(value)",
    "domain": "normalise_domain(value)",
    "company": "company_name_key(value)",
    "registration": "registration_key(value, 'NL')",
    "vat": "vat_key(value, 'NL')",
}

# Value, and texts that are it.
EQUAL = {
    "exact": {"A-1": ["A-1", " A-1", "A-1\t", "\u200bA-1\ufeff", "A-1\u00a0"]},
    "shown": {"Jan de Vries": ["Jan  de Vries", " Jan de\u00a0Vries\n", "\u200bJan de Vries"]},
    "email": {
        "anna@example.com": [
            "anna@example.com", "ANNA@EXAMPLE.COM", "anna@example.com\t", "\u00a0anna@example.com",
            "\u200banna@example.com", "\ufeffanna@example.com", "<anna@example.com>",
            "mailto:anna@example.com", "anna@example.com;", "'anna@example.com'",
            "Anna de Vries <anna@example.com>", '"Vries, A." <anna@example.com>,',
            "mailto:anna@example.com?subject=x", "anna@example.com.", "(anna@example.com)",
            "anna＠example．com", "an\u00adna@example.com", "anna@example.com<mailto:anna@example.com>",
            "E-mail: anna@example.com", "SMTP:anna@example.com",
            "anna@example.com ::: bram@example.com",
        ],
        "jörg@exämple.de": ["jörg@exämple.de", "JÖRG@EXÄMPLE.DE", "jo\u0308rg@exämple.de"],
        "anna+shop@example.com": ["anna+shop@example.com"],
        "o'brien@x.ie": ["o'brien@x.ie", "O'Brien@X.ie"],
        "x@xn--bcher-kva.xn--p1ai": ["x@xn--bcher-kva.xn--p1ai"],
    },
    "name": {
        "muller": ["Müller", "Mu\u0308ller", "MULLER", "Ｍüller", "Mül\u200bler"],
        "strasse": ["Straße", "STRASSE", "STRAẞE"],
        "isik": ["IŞIK", "Işık", "ışık", "ISIK", "İŞİK"],
        "γιαννησ": ["ΓΙΑΝΝΗΣ", "Γιάννης", "γιαννησ"],
        "obrien": ["O'Brien", "O’Brien", "o brien"],
        "lukasz": ["Łukasz", "lukasz"],
        "soren": ["Søren", "Soren"],
        "dang": ["Đặng", "Dang"],
        "aesa": ["Æsa", "Aesa"],
        "محمد": ["محمد", "مُحَمَّد"],
        "שלום": ["שלום", "שָׁלוֹם"],
        "иванов": ["Иванов", "ИВАНОВ"],
        "राम": ["राम", " राम\u200d "],
        "रामा": ["रामा"], "रीमा": ["रीमा"], "रमा": ["रमा"],
        "か": ["か"], "が": ["が", "か\u3099"],
        "ガ": ["ガ", "ｶﾞ", "カ\u3099"], "カ": ["カ", "ｶ"],
        "สมชาย": ["สมชาย"], "สมชยา": ["สมชยา"],
        "முருகன்": ["முருகன்"], "மருகன": ["மருகன"],
        "한글": ["한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"],
        "annaराम": ["Anna राम", "Ánna-राम"],
    },
    "street": {
        "strasse1": ["Straße 1", "STRASSE-1", "Strasse １"],
        "शारदा12": ["शारदा 12", "शारदा १२"],
        "1eweg4a": ["1e Weg 4-A", "1E WEG 4a"],
    },
    "postcode": {"1234AB": ["1234 ab", "1234AB", "１２３４ab", "1234\u00a0AB\t"], "1234": ["1234", "1234.0", "'1234"]},
    "code": {"LC1": ["LC-1", "lc 1", "lc1\t", "LC\u20111", "ＬＣ１"], "EUR": ["eur", " EUR", "Eur\u200b"]},
    "shown code": {"EUR": ["eur", " EUR", "Eur\u200b"], "C-12": ["c-12", "C-12 ", "C -12"]},
    "date": {
        "1990-12-31": [
            "1990-12-31", "1990/12/31", "19901231", "31.12.1990", "\u00a01990-12-31\u200b",
            "1990-12-31T23:59:59.123Z", "31.12.1990 08:00", "１９９０-12-31", "١٩٩٠-12-31",
        ],
    },
    "country": {
        "DE": ["Germany", "Duitsland", "DEUTSCHLAND", "Allemagne", "Alemania", "DEU", "de", " DE\t"],
        "GB": ["UK", "U.K.", "United Kingdom", "Großbritannien", "England"],
        "NL": ["The Netherlands", "Pays-Bas", "Países Bajos", "Holland"],
        "JP": ["日本", "Japan", "JP"], "RU": ["Россия", "Russia"], "GR": ["Ελλάδα", "EL", "Greece"],
        "CI": ["CI", "Côte d'Ivoire"],
    },
    "domain": {"example.com": ["https://www.Example.com/x", "example.com.", "example.com:80", "\u200bexample.com"]},
    "company": {"jansenzonen": ["Jansen & Zonen B.V.", "JANSEN EN ZONEN BV"], "bv": ["BV"]},
    "registration": {"NL:1234": ["0012 34", "1234", "00.12.34"]},
    "vat": {"NL12": ["nl12", "12", "NL 12"]},
}  # fmt: skip

NONE = {
    "email": [
        "-@-.-", "anna@example", "anna@@example.com", "a@b@c.nl", "anna@example..com",
        "anna..x@example.com", "anna@example.123", "anna@.com", "@example.com", "anna", "a b@c.nl",
        "a@b.nl, c@d.nl", "-@example.com", "anna@example.c_d", "n/a", "user@[1.2.3.4]",
    ],
    "name": ["3", "-", "'", "\u0308"],
    "street": ["-", "."],
    "postcode": ["-", "."],
    "code": ["-", "—", "?"],
    "date": [
        "1990-02-30", "1990-13-01", "0000-01-01", "infinity", "epoch", "1990", "1990-12/31",
        "31-12-1990", "1990-12-31 or so", "unknown",
    ],
    "country": ["Atlantis", "-", "n/a"],
    "domain": ["example", "-"],
}  # fmt: skip


@pytest.mark.parametrize("kind", EQUAL)
def test_one_value_however_it_is_written(evaluate: Evaluate, kind: str) -> None:
    for value, texts in EQUAL[kind].items():
        found = evaluate(CALLS[kind], texts)
        assert dict(zip(texts, found, strict=True)) == dict.fromkeys(texts, value)
    assert evaluate(CALLS[kind], list(EQUAL[kind])) == list(EQUAL[kind]) or kind in (
        "registration", "company",
    )  # fmt: skip


@pytest.mark.parametrize("kind", NONE)
def test_what_is_no_value_of_its_kind_is_none(evaluate: Evaluate, kind: str) -> None:
    found = evaluate(CALLS[kind], NONE[kind])
    assert dict(zip(NONE[kind], found, strict=True)) == dict.fromkeys(NONE[kind])


@pytest.mark.parametrize("kind", CALLS)
def test_nothing_but_blanks_and_what_is_invisible_is_no_value(
    evaluate: Evaluate, kind: str
) -> None:
    blank = [
        None,
        "",
        " ",
        "\t",
        "\n \r",
        "\u00a0",
        "\u2003",
        "\u3000",
        "\u200b",
        "\ufeff",
        "\u2060\u00ad",
    ]
    assert evaluate(CALLS[kind], blank) == [None] * len(blank)


def test_a_country_says_which_of_day_and_month_is_first(evaluate: Evaluate) -> None:
    assert evaluate(r"normalise_date(value, '\3-\2-\1')", ["01/02/1990"]) == ["1990-02-01"]
    american = ["01/02/1990", "1/2/1990 12:00:00 AM"]
    assert evaluate(r"normalise_date(value, '\3-\1-\2')", american) == ["1990-01-02"] * 2


def test_a_text_of_a_megabyte_is_read(evaluate: Evaluate) -> None:
    million = 1_000_000
    assert evaluate(CALLS["name"], ["É " * (million // 2)]) == ["e" * (million // 2)]
    assert evaluate(CALLS["phone"], ["1" * million]) == [None]
    assert evaluate(CALLS["email"], ["a@" + "b." * million]) == [None]


def test_what_the_loader_takes_as_blank_is_no_value_to_the_functions_and_nothing_else_is() -> None:
    with duckdb.connect() as connection:
        create_functions(connection)
        rows = connection.execute(
            "select code from (select code, chr(code::integer) as text from range(1, 917999) "
            "as codes(code) where code not between 55296 and 57343) where "
            f"({is_blank('text')}) <> (normalise_exact(text) is null)"
        ).fetchall()
    assert rows == []
