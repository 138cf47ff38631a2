"""The type of a column is one as which the loader reads every value."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.ingestion.casts import is_blank, to_declared
from customer_platform.onboarding.column_statistics import statistics
from customer_platform.onboarding.types import infer_types
from customer_platform_tests.support.onboarding import Deliver, proposed, types


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [("n", "1 20 -3", "bigint"), ("n", "1.5 20 -3.25", "decimal(18, 2)"),
     ("n", "1.123456 2", "decimal(18, 6)"), ("n", "1e-5 2.5 3", "double"),
     ("n", "44.0 7.0", "bigint"), ("n", "44.00 7.10", "decimal(18, 2)"),
     ("n", "12345678901234567890 1", "varchar"),
     ("code", "007 012", "varchar"), ("code", "12 A7", "varchar"),
     ("phone", "612345678 612345679", "varchar"), ("PLZ", "10115 50667", "varchar"),
     ("ok", "true false true", "boolean"), ("ok", "yes no", "boolean"), ("ok", "0 1", "bigint"),
     ("d", "2024-02-29 2024-03-01", "date"), ("d", "29-02-2024 01-03-2024", "date %d-%m-%Y"),
     ("d", "13/01/2024 02/03/2024", "date %d/%m/%Y"), ("d", "01/13/2024 02/03/2024",
     "date %m/%d/%Y"), ("d", "31.12.99 01.02.03", "date %d.%m.%y"),
     ("d", "30-02-2024 01-03-2024", "varchar"),
     ("t", "2024-02-29T10:00:00 2024-03-01T00:00:00", "timestamp"),
     ("t", "2024-02-29T10:00:00+02:00 2024-03-01T00:00:00Z", "timestamp"),
     ("date", "20240229 20240301", "date %Y%m%d"), ("number", "20240229 20240301", "bigint"),
     ("birth_date", "19800230 19800301", "bigint"), ("mixed", "2024-02-29 unknown", "varchar")],
)  # fmt: skip
def test_a_type_is_told_from_all_values(
    deliver: Deliver, column: str, values: str, expected: str
) -> None:
    rows = "".join(f"{n},{value}\n" for n, value in enumerate(values.split()))
    assert types(proposed(deliver(f"id,{column}\n{rows}")))[column] == expected


def test_a_timestamp_may_have_blanks_and_a_format(deliver: Deliver) -> None:
    path = deliver("id,a,b\n1,2024-02-29 10:00:00,29-02-2024 10:15\n2,,\n")
    assert types(proposed(path)) == {
        "id": "bigint", "a": "timestamp", "b": "timestamp %d-%m-%Y %H:%M",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [("Total Spent", "12,12.5", "decimal(18, 2)"), ("amount", "12,13", "decimal(18, 2)"),
     ("Total Orders", "12,13", "bigint"), ("amount_id", "12,13", "bigint")],
)  # fmt: skip
def test_money_is_a_decimal_even_where_all_of_it_is_whole(
    deliver: Deliver, column: str, values: str, expected: str
) -> None:
    rows = "".join(f"{n},{value}\n" for n, value in enumerate(values.split(",")))
    assert types(proposed(deliver(f"id,{column}\n{rows}"), kind="other"))[column] == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [("01-Feb-2024|15-Dec-2023", "date %d-%b-%Y"), ("Feb 1, 2024|Dec 15, 2023", "date %b %d, %Y"),
     ("2025-05-01 10:00:00 +0200|2025-05-02 10:00:00 -0500", "timestamp %Y-%m-%d %H:%M:%S %z"),
     ("Thu, 01 May 2025 10:00:00 GMT|Fri, 02 May 2025 10:00:00 GMT",
      "timestamp %a, %d %b %Y %H:%M:%S %Z"),
     ("05/13/2024 03:05 PM|05/02/2024 11:05 AM", "timestamp %m/%d/%Y %I:%M %p"),
     ("2025-05-01 10:00:00 UTC|2025-05-02 10:00:00 UTC", "timestamp"),
     ("Kerkweg 9|Dam 10", "varchar"), ("10.0.0.1|10.0.0.2", "varchar")],
)  # fmt: skip
def test_dates_may_have_months_in_words_offsets_and_twelve_hours(
    deliver: Deliver, values: str, expected: str
) -> None:
    rows = "".join(f'{n},"{value}"\n' for n, value in enumerate(values.split("|")))
    assert types(proposed(deliver(f"id,d\n{rows}"), kind="other"))["d"] == expected


def test_a_time_with_an_offset_is_utc_whatever_time_zone_the_session_has() -> None:
    cast = to_declared("value", "VARCHAR", "TIMESTAMP", "%Y-%m-%d %H:%M:%S %z")
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'America/New_York'")
        query = f"select ({cast})::VARCHAR from (values ('2025-05-01 10:00:00 +0200')) as v(value)"
        assert connection.execute(query).fetchall() == [("2025-05-01 08:00:00",)]


def test_a_month_in_words_says_nothing_of_the_order_of_day_and_month(deliver: Deliver) -> None:
    proposal = proposed(deliver("id,a,b\n1,01/02/2024,15-Feb-2024\n2,03/04/2024,16-Feb-2024\n"))
    assert "the day is taken to come first" in proposal.notes[0]


def test_days_that_fit_two_formats_are_told(deliver: Deliver) -> None:
    proposal = proposed(deliver("id,d\n1,01/02/2024\n2,03/04/2024\n"))
    assert types(proposal)["d"] == "date %d/%m/%Y"
    assert "the day is taken to come first" in proposal.notes[0]


@pytest.mark.parametrize(
    ("clear", "expected", "note"),
    [("01/15/2024", "date %m/%d/%Y", "the month comes first, as in other columns of the table"),
     ("15/01/2024", "date %d/%m/%Y", "the day comes first, as in other columns of the table"),
     ("2024/01/15", "date %d/%m/%Y", "the day is taken to come first")],
)  # fmt: skip
def test_days_that_fit_two_formats_are_settled_by_the_other_columns(
    deliver: Deliver, clear: str, expected: str, note: str
) -> None:
    proposal = proposed(deliver(f"id,d,e\n1,01/02/2024,{clear}\n2,03/04/2024,{clear}\n"))
    assert types(proposal)["d"] == expected
    assert note in proposal.notes[0]


def test_columns_that_contradict_each_other_settle_nothing(deliver: Deliver) -> None:
    rows = "1,01/02/2024,01/15/2024,15.01.2024\n2,03/04/2024,01/16/2024,16.01.2024\n"
    proposal = proposed(deliver(f"id,d,e,f\n{rows}"))
    assert types(proposal)["d"] == "date %d/%m/%Y"
    assert "the day is taken to come first" in proposal.notes[0]


def test_a_few_days_that_are_none_keep_the_column_text_and_are_counted(deliver: Deliver) -> None:
    rows = "".join(f"{n},198001{n:02}\n" for n in range(10, 30))
    proposal = proposed(deliver(f"id,birth_date\n{rows}30,1980oops\n"))
    assert types(proposal)["birth_date"] == "varchar"
    assert "20 of 21 are days written %Y%m%d" in proposal.notes[0]


def test_an_empty_column_is_text(deliver: Deliver) -> None:
    proposal = proposed(deliver("id,fax\n1,\n2,\n"))
    assert types(proposal)["fax"] == "varchar"
    assert "fax: empty in every row" in proposal.notes


def test_jsonl_has_numbers_and_nested_values(deliver: Deliver) -> None:
    path = deliver('{"id": 1, "tags": ["a"], "paid": 1.5}\n{"id": 2, "new": {"x": 1}}\n', "e.jsonl")
    assert types(proposed(path)) == {
        "id": "bigint", "tags": "json", "paid": "decimal(18, 2)", "new": "json",
    }  # fmt: skip


def test_a_float_of_more_digits_than_it_holds_is_no_whole_number(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"id": [1, 2], "n": [1e17, 2.0], "m": [7.0, None]}), path)
    proposal = proposed(path)
    assert types(proposal) == {"id": "bigint", "n": "double", "m": "bigint"}
    assert proposal.notes == ["m: stored as a float, and whole in every row"]


def test_parquet_keeps_its_types_but_for_whole_numbers_that_gaps_made_floats(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table(
        {"id": [1, 2], "customer": [1.0, None], "price": [1.5, 2.0], "text": ["2024-01-01", None]}
    )
    pq.write_table(table, path)
    assert types(proposed(path)) == {
        "id": "bigint", "customer": "bigint", "price": "double", "text": "date",
    }  # fmt: skip


def test_whole_numbers_of_parquet_may_be_phones_and_postcodes_whatever_their_width(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int8()),
            "email": ["ada@example.com", "bo@example.com"],
            "zip": pa.array([1011, 9711], pa.int16()),
            "phone": pa.array([612345678, 687654321], pa.int32()),
        }
    )
    pq.write_table(table, path)
    proposal = proposed(path)
    assert types(proposal) == {
        "id": "bigint", "email": "varchar", "zip": "bigint", "phone": "bigint",
    }  # fmt: skip
    assert proposal.column_of("postcode") is not None
    assert proposal.column_of("phone") is not None


_TEXTS = st.one_of(
    st.integers(-(10**19), 10**19).map(str),
    st.decimals(-(10**6), 10**6, places=4).map(str),
    st.dates().map(str),
    st.dates().map(lambda day: day.strftime("%d-%m-%Y")),
    st.datetimes().map(str),
    st.text(max_size=8),
    st.sampled_from(["true", "no", "007", "1_000", "0x1F", "1e5", "", " ", "NaN", "infinity"]),
)


@given(st.lists(st.one_of(st.none(), _TEXTS), min_size=1, max_size=6))
def test_the_loader_reads_every_value_as_the_type_that_is_proposed(
    values: list[str | None],
) -> None:
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create table t as select unnest(?::VARCHAR[]) as c", [values])
        found = statistics(connection, "t", ["c"])
        kind = infer_types(connection, "t", {"c": "varchar"}, found, ["c"], [])["c"]
        cast = to_declared("c", "VARCHAR", kind.type.upper(), kind.format)
        lost = connection.execute(
            f"select c from t where not ({is_blank('c')}) and ({cast}) is null"
        ).fetchall()
    assert lost == [], kind
