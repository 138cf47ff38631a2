from typing import Any

import pytest
from pydantic import ValidationError

from customer_platform.ingestion.declared_table import ColumnSpec, canonical_type
from customer_platform.ingestion.spec import SourceSpec
from customer_platform_tests.support.ingestion import table_spec


def test_a_bare_type_is_a_column_without_description() -> None:
    assert ColumnSpec.model_validate("bigint") == ColumnSpec(type="bigint", description="")


def test_columns_keep_their_order_and_get_duckdbs_spelling_of_their_types() -> None:
    table = table_spec(columns={"z": "text", "a": {"type": "numeric(9,2)", "description": "€"}})
    assert list(table.column_types.items()) == [("z", "VARCHAR"), ("a", "DECIMAL(9,2)")]


def test_the_newest_column_is_the_partition_column_unless_declared() -> None:
    columns = {"day": "date", "updated_at": "timestamp"}
    assert table_spec(columns=columns, partition_column="day").newest_column == "day"
    declared = table_spec(columns=columns, partition_column="day", newest_column="updated_at")
    assert declared.newest_column == "updated_at"
    assert table_spec().newest_column is None


def test_primary_key_and_partition_column_must_be_filled() -> None:
    columns = {"a": "bigint", "day": "date", "b": "text"}
    table = table_spec(columns=columns, primary_key=["b"], partition_column="day")
    assert table.filled_columns == ["day", "b"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"primery_key": ["a"]}, "primery_key"),
        ({"name": "Orders"}, "'Orders' is no valid name"),
        ({"name": "order__lines"}, "'order__lines' is no valid name"),
        ({"name": "1st"}, "'1st' is no valid name"),
        ({"path": "shop/t.csv"}, r"must contain \{partition\} exactly once"),
        ({"path": "{partition}/t_{partition}.csv"}, r"must contain \{partition\} exactly once"),
        ({"path": "{partition}/{hour}.csv"}, "only placeholder"),
        ({"path": "t_{partition:%Y%m%dT%H}.csv"}, "the day is written with %Y or %y"),
        ({"path": "t_{partition:%Y/%m/%d}.csv"}, "the day is written with %Y or %y"),
        ({"path": "t_{partition:%Y%d}.csv"}, "the day is written with %Y or %y"),
        ({"path": "t_{partition:%Y%y%m%d}.csv"}, "the day is written with %Y or %y"),
        ({"path": "/data/{partition}.csv"}, "relative to the landing zone"),
        ({"path": "../{partition}.csv"}, "relative to the landing zone"),
        ({"path": "t_{partition}.[ct]sv"}, "only wildcard"),
        ({"format": "excel"}, "csv"),
        ({"load_mode": "upsert"}, "snapshot"),
        ({"columns": {}}, "'t' declares no columns"),
        ({"columns": {"a": "bigint", "b": "strin"}}, r"'t': column 'b' has the type 'strin'"),
        ({"columns": {"a": "bigint); drop table x; --"}}, "DuckDB does not know"),
        ({"columns": {"a": "bigint", "A": "text"}}, "'a' and 'A' differ only in case"),
        ({"columns": {"_partition": "date"}}, "loading adds itself"),
        ({"columns": {" a": "date"}}, "padded with blanks"),
        ({"primary_key": ["id"]}, "primary_key names 'id', .* a, b, c"),
        ({"primary_key": ["a", "a"]}, "names a column twice"),
        ({"partition_column": "day"}, "partition_column names 'day'"),
        ({"partition_column": "a"}, "'a' must be a DATE or TIMESTAMP, not bigint"),
        ({"newest_column": "b"}, "newest_column 'b'"),
        ({"newest_column": "nothing"}, "newest_column 'nothing'"),
        ({"encoding": "latin-one"}, "unknown encoding 'latin-one'"),
        ({"delimiter": "||"}, "delimiter"),
        ({"delimiter": '"'}, "both"),
        ({"max_reject_rate": 1.5}, "max_reject_rate"),
        ({"late_after_hours": 0}, "late_after_hours"),
        ({"format": "parquet", "path": "{partition}.parquet.gz"}, "cannot be read"),
    ],
)
def test_what_is_declared_wrongly_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        table_spec(**changes)


def test_a_source_names_each_table_once() -> None:
    table = table_spec().model_dump()
    source = {"source": "shop", "owner": "team:shop", "tables": [table, table]}
    with pytest.raises(ValidationError, match="'shop' declares twice: t"):
        SourceSpec.model_validate(source)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"source": "the shop"}, "'the shop' is no valid name"), ({"tables": []}, "tables"),
     ({"colour": "red"}, "colour")],
)  # fmt: skip
def test_a_source_declared_wrongly_is_refused(changes: dict[str, Any], message: str) -> None:
    source = {"source": "shop", "owner": "team:shop", "tables": [table_spec().model_dump()]}
    with pytest.raises(ValidationError, match=message):
        SourceSpec.model_validate(source | changes)


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("text", "VARCHAR"), ("int", "INTEGER"), ("decimal(18, 4)", "DECIMAL(18,4)"), ("json", "JSON"),
     ("timestamptz", "TIMESTAMP WITH TIME ZONE"), ("integer[]", "INTEGER[]"), ("strin", None),
     ("", None)],
)  # fmt: skip
def test_types_are_spelled_as_duckdb_does(written: str, canonical: str | None) -> None:
    assert canonical_type(written) == canonical
