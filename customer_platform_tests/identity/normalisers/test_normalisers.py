"""What every normaliser takes as equal, and what as no value."""

from datetime import UTC, date, datetime

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customer_platform.identity import RulesError
from customer_platform.identity.normalisers import (
    KNOWN_NORMALISERS,
    NORMALISERS,
    normalised,
)
from customer_platform_tests.identity.normalisers.conftest import Normalise

ISO = "1990-12-31"


@pytest.mark.parametrize("kind", KNOWN_NORMALISERS)
def test_null_and_the_empty_text_are_no_value(normalise: Normalise, kind: str) -> None:
    assert normalise(kind, [None, ""]) == [None, None]


def test_exact_takes_a_text_as_it_is(normalise: Normalise) -> None:
    assert normalise("exact", [" A-1 ", "a-1", "\n"]) == [" A-1 ", "a-1", "\n"]


@pytest.mark.parametrize(
    "text",
    [
        "1990-12-31",
        "1990/12/31",
        "19901231",
        "31.12.1990",
        " 1990-12-31 ",
        "1990-12-31 23:59:59",
        "1990-12-31T23:59:59.123Z",
        "1990-12-31 00:00:00+01",
        "1990-12-31 00:00:00 UTC",
        "31.12.1990 08:00",
    ],
)
def test_a_date_is_read_in_every_form_that_reads_one_way(normalise: Normalise, text: str) -> None:
    assert normalise("date", [text]) == [ISO]


def test_month_and_day_of_one_digit_are_filled_up(normalise: Normalise) -> None:
    texts = ["1990-1-5", "1990/1/5", "5.1.1990"]
    assert normalise("date", texts) == ["1990-01-05"] * 3


@pytest.mark.parametrize(
    "text",
    [
        "1990-02-30",
        "1990-13-01",
        "19900230",
        "0000-01-01",
        "12345-01-01",
        "1990-12-31 (BC)",
        "infinity",
        "-infinity",
        "epoch",
        "today",
        "1990",
        "1990-12",
        "90-12-31",
        "1990-12-31 or so",
        "1990-12/31",
        "1990 12 31",
        "01/02/1990",
        "31-12-1990",
        "unknown",
    ],
)
def test_what_is_no_date_or_reads_two_ways_is_no_value(normalise: Normalise, text: str) -> None:
    assert normalise("date", [text]) == [None]


def test_with_a_country_day_and_month_are_read_in_its_order(normalise: Normalise) -> None:
    texts = ["01/02/1990", "1-2-1990", "31/12/1990", ISO]
    assert normalise("date", texts, "NL") == ["1990-02-01", "1990-02-01", ISO, ISO]
    assert normalise("date", texts, "US") == ["1990-01-02", "1990-01-02", None, ISO]


def test_dates_timestamps_and_numbers_are_read_as_the_text_of_them(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    values = {
        "date": date(1990, 12, 31),
        "timestamp": datetime(1990, 12, 31, 23, 59),
        "timestamptz": datetime(1990, 12, 31, 12, 0, tzinfo=UTC),
        "integer": 19901231,
        "bigint": 19901231,
    }
    for kind, value in values.items():
        query = f"select {normalised('date', 'value')} from (select ?::{kind} as value)"
        assert connection.execute(query, [value]).fetchall() == [(ISO,)], kind


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dates(), min_size=1))
def test_every_date_is_its_own_iso_text(normalise: Normalise, days: list[date]) -> None:
    texts = [day.isoformat() for day in days]
    assert normalise("date", texts) == texts


def test_values_of_any_type_are_read_as_text(connection: duckdb.DuckDBPyConnection) -> None:
    for kind in KNOWN_NORMALISERS:
        for value in (
            "1",
            "1.5",
            "true",
            "date '2020-01-01'",
            "['a']",
            "{'a': 1}",
            "'\\x00'::blob",
        ):
            connection.execute(f"select {normalised(kind, value)}").fetchall()


def test_without_a_country_a_national_number_is_compared_by_its_digits(
    normalise: Normalise,
) -> None:
    texts = [
        "06-12345678",
        "(06) 12345678",
        "+31 6 12345678",
        "0031612345678",
        "112",
        "x0612345678",
    ]
    assert normalise("phone", texts) == [
        "0612345678",
        "0612345678",
        "+31612345678",
        "+31612345678",
        None,
        "0612345678",
    ]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(texts=st.lists(st.text(st.sampled_from("0123456789+ -()x"), max_size=18), min_size=30))
def test_without_a_country_the_fast_path_gives_what_the_full_one_gives(
    normalise: Normalise, texts: list[str]
) -> None:
    # A character in front that the full path takes out closes the fast path.
    assert normalise("phone", texts) == normalise("phone", ["(" + text for text in texts])


def test_a_text_of_a_megabyte_is_normalised(normalise: Normalise) -> None:
    million = 1_000_000
    assert normalise("name", ["É " * (million // 2)]) == ["e" * (million // 2)]
    assert normalise("street", ["a" * million]) == ["a" * million]
    assert normalise("email", ["a" * million + "@example.com"]) == ["a" * million + "@example.com"]
    assert normalise("email", ["a@" + "b." * million]) == [None]
    assert normalise("email", [" " * million]) == [None]
    assert normalise("phone", ["1" * million], "NL") == [None]
    assert normalise("phone", ["x" * million + "0612345678"], "NL") == ["+31612345678"]
    assert normalise("date", ["1" * million]) == [None]


@pytest.mark.parametrize("kind", KNOWN_NORMALISERS)
def test_normalising_again_changes_nothing(normalise: Normalise, kind: str) -> None:
    texts = ["Anna@Example.com", "06-12345678", "Élise de Vries", "1234 ab", ISO, "LC-1"]
    once = normalise(kind, texts, "NL" if NORMALISERS[kind].countries else None)
    assert normalise(kind, once, "NL" if NORMALISERS[kind].countries else None) == once


def test_an_unknown_normaliser_is_refused_with_the_nearest_and_the_known() -> None:
    with pytest.raises(RulesError) as refused:
        normalised("mail", "value")
    assert str(refused.value) == (
        "unknown normaliser 'mail'; did you mean 'email'? "
        "known: exact, email, phone, name, street, postcode, code, date"
    )


def test_an_unknown_country_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        RulesError, match=r"unknown country 'XX' for normalise: phone; .*known: NL, "
    ):
        normalised("phone", "value", "XX")


def test_a_country_that_writes_dates_in_both_orders_is_refused() -> None:
    with pytest.raises(RulesError, match="unknown country 'CA' for normalise: date"):
        normalised("date", "value", "CA")
