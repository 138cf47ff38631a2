from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from customer_platform.errors import SchemaError
from customer_platform_tests.support.ingestion import DAY, Shop, table_spec


def deliver(shop: Shop, columns: dict[str, Any], name: str = f"shop/t_{DAY}.parquet") -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    shop.deliver(bytes(sink.getvalue()), name)


def spec(**changes: Any) -> Any:
    return table_spec(format="parquet", path="shop/t_{partition}.parquet", **changes)


def test_what_does_not_fit_the_declared_type_is_rejected_with_its_row(shop: Shop) -> None:
    deliver(shop, {"a": ["1", "two", "3"], "b": ["x", None, "z"], "c": [1, 2, 3]})
    shop.load_without_failures(spec())
    assert shop.rows("a, b, c, _row_number") == [(1, "x", 1.0, 1), (3, "z", 3.0, 2)]
    ((line, column, reason, text),) = shop.rejects()
    assert (line, column, text) == (2, "a", '{"a":"two","b":null,"c":2}')
    assert "'two'" in reason


def test_a_fraction_is_no_whole_number(shop: Shop) -> None:
    deliver(shop, {"a": [1.0, 2.5, None, 4.0], "b": list("wxyz"), "c": [1.0] * 4})
    shop.load_without_failures(spec())
    assert shop.rows("a") == [(1,), (None,), (4,)]
    assert shop.rejects("line, column_name") == [(2, "a")]


def test_numbers_and_timestamps_become_the_declared_types(shop: Shop) -> None:
    at = datetime(2024, 3, 1, 9, 30, tzinfo=UTC)
    deliver(
        shop,
        {
            "n": pa.array([19.99, None]),
            "zoned": pa.array([at, None], pa.timestamp("ns", "Europe/Amsterdam")),
            "day": pa.array([date(2024, 3, 1), None]),
            "text": pa.array([7, None]),
            "row": pa.array([1, 2]),
        },
    )
    columns = {"n": "decimal(18,2)", "zoned": "timestamp", "day": "timestamp", "text": "text"}
    shop.load_without_failures(spec(columns=columns | {"row": "bigint"}))
    assert shop.rows("n, zoned, day, text") == [
        (Decimal("19.99"), datetime(2024, 3, 1, 9, 30), datetime(2024, 3, 1), "7"),
        (None, None, None, None),
    ]


def test_a_column_that_pandas_wrote_without_a_value_is_null_whatever_is_declared(
    shop: Shop,
) -> None:
    deliver(shop, {"a": [1, 2], "b": pa.nulls(2), "c": pa.nulls(2)})
    shop.load_without_failures(spec())
    assert shop.rows() == [(1, None, None), (2, None, None)]


def test_whole_numbers_that_pandas_made_floats_are_text_without_a_point(shop: Shop) -> None:
    deliver(shop, {"a": [1, 2, 3], "b": [31612345678.0, 0.5, None], "c": [1.0] * 3})
    shop.load_without_failures(spec())
    assert shop.rows("b") == [("31612345678",), ("0.5",), (None,)]


def test_categories_and_large_strings_are_text_and_row_numbers_are_not_warned_of(
    shop: Shop,
) -> None:
    deliver(
        shop,
        {
            "a": [1, 2],
            "b": pa.array(["x", "y"]).dictionary_encode(),
            "c": pa.array(["1.5", None], pa.large_string()),
            "__index_level_0__": [7, 9],
        },
    )
    assert shop.load_without_failures(spec()).unexpected == []
    assert shop.rows() == [(1, "x", 1.5), (2, "y", None)]


def test_undeclared_columns_are_kept_as_json(shop: Shop) -> None:
    deliver(shop, {"filename": [1], "a": [1], "nested": [{"x": [1]}], "b": ["x"], "c": [1.0]})
    assert shop.load_without_failures(spec()).unexpected == ["filename", "nested"]
    assert shop.rows("_unexpected") == [('{"filename":1,"nested":{"x":[1]}}',)]


def test_a_missing_column_is_named(shop: Shop) -> None:
    deliver(shop, {"a": [1], "bb": ["x"], "c": [1.0]})
    ((_, error),) = shop.load(spec()).failures
    assert isinstance(error, SchemaError)
    assert "'b' is missing" in str(error)


def test_files_of_several_schemas_are_loaded_in_one_call(shop: Shop) -> None:
    days = [f"2024-03-0{day}" for day in range(1, 7)]
    for number, day in enumerate(days):
        a: list[Any] = [str(number)] if number % 2 else [number]
        deliver(shop, {"b": [day], "a": a, "c": [1.0]}, f"shop/t_{day}.parquet")
    assert shop.load_without_failures(spec(), days).rows == 6
    assert shop.rows("a") == [(number,) for number in range(6)]


def test_duplicates_and_rows_of_another_day_are_rejected_with_their_row(shop: Shop) -> None:
    at = [datetime(2024, 3, 1, 12), datetime(2024, 3, 2), datetime(2024, 3, 1), None]
    deliver(shop, {"id": [1, 2, 1, 3], "at": pa.array(at, pa.timestamp("us"))})
    table = spec(
        columns={"id": "bigint", "at": "timestamp"},
        primary_key=["id"],
        partition_column="at",
        max_reject_rate=0.75,
    )
    shop.load_without_failures(table)
    assert shop.rows("id") == [(1,)]
    reasons = dict(shop.rejects("line, reason"))
    assert "2024-03-02" in reasons[2]
    assert f"first seen in shop/t_{DAY}.parquet line 1" in reasons[3]
    assert "must be filled" in reasons[4]


def test_a_file_without_rows_is_an_empty_partition(shop: Shop) -> None:
    deliver(shop, {"a": pa.array([], pa.int64()), "b": pa.array([], pa.string()),
                   "c": pa.array([], pa.float64())})  # fmt: skip
    assert shop.load_without_failures(spec()).rows == 0


@pytest.mark.parametrize("rows", [1, 5000])
def test_row_numbers_follow_the_file(shop: Shop, rows: int) -> None:
    deliver(shop, {"a": list(range(rows)), "b": ["x"] * rows, "c": [1.0] * rows})
    shop.load_without_failures(spec())
    assert shop.query("select count(*) filter (a + 1 = _row_number) from raw.shop__t") == [(rows,)]


def test_an_empty_text_is_no_value_of_a_number_and_no_key(shop: Shop) -> None:
    deliver(shop, {"a": ["1", "2", "", "4"], "b": ["", "x", "y", "z"], "c": ["", " ", "3", "x"]})
    shop.load_without_failures(spec(primary_key=["a"]))
    assert shop.rows("a, b, c") == [(1, "", None), (2, "x", None)]
    assert shop.rejects("line, column_name") == [(3, "a"), (4, "c")]
