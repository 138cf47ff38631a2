from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from customer_platform.ingestion.load import load_partitions
from customer_platform.ingestion.tables import create_tables
from customer_platform_tests.support.ingestion import DAY, Shop, table_spec

ROWS = [(1, "x", 1.5), (2, None, None), (3, "z", -2.0)]


def content_of(format: str) -> bytes:
    """`ROWS` as a file."""
    if format == "csv":
        return b"a,b,c\n1,x,1.5\n2,,\n3,z,-2\n"
    if format == "jsonl":
        return b'{"a": 1, "b": "x", "c": 1.5}\n{"a": 2, "b": null}\n{"a": 3, "b": "z", "c": -2}\n'
    columns = [list(column) for column in zip(*ROWS, strict=True)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(dict(zip("abc", columns, strict=True))), sink)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    ("format", "ending"),
    [("csv", "csv"), ("csv", "csv.gz"), ("csv", "csv.zst"), ("jsonl", "jsonl"),
     ("jsonl", "jsonl.gz"), ("jsonl", "jsonl.zst"), ("parquet", "parquet")],
)  # fmt: skip
def test_every_format_and_compression_gives_the_same_rows(
    shop: Shop, format: str, ending: str
) -> None:
    name = f"shop/t/t_{DAY}.{ending}"
    shop.deliver(content_of(format), name)
    table = table_spec(format=format, path=f"shop/t/t_{{partition}}.{ending}", max_reject_rate=0)
    result = shop.load_without_failures(table)
    assert [(f.path, f.partition, f.rows, f.rejected) for f in result.files] == [(name, DAY, 3, 0)]
    assert shop.rows() == ROWS
    assert shop.rows("_partition, _source_file, _row_number") == [
        (date(2024, 3, 1), name, n) for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_loading_twice_changes_nothing_but_the_loading_time(shop: Shop, format: str) -> None:
    shop.deliver(content_of(format), f"shop/{DAY}")
    table = table_spec(format=format, path="shop/{partition}")
    shop.load_without_failures(table)
    columns = "* exclude (_loaded_at)"
    first, loaded_at = shop.rows(columns), shop.rows("_loaded_at")
    shop.load_without_failures(table)
    assert shop.rows(columns) == first
    assert shop.rows("_loaded_at")[0] > loaded_at[0]


def test_loading_a_partition_leaves_the_others_alone(shop: Shop) -> None:
    table = table_spec()
    for day in (1, 2, 3):
        shop.deliver(f"a,b,c\n{day},x,1\n", f"shop/t/t_2024-03-0{day}.csv")
    shop.load_without_failures(table, [f"2024-03-0{day}" for day in (1, 2, 3)])
    shop.deliver("a,b,c\n20,y,1\n", "shop/t/t_2024-03-02.csv")
    shop.deliver("a,b,c\n30,y,1\n", "shop/t/t_2024-03-03.csv")
    shop.load_without_failures(table, ["2024-03-02"])
    assert shop.rows("a") == [(1,), (20,), (3,)]


def test_several_files_of_a_partition_are_loaded_together_and_replaced_together(
    shop: Shop,
) -> None:
    table = table_spec(path="shop/{partition}/part-*.csv")
    shop.deliver("a,b,c\n1,x,1\n", f"shop/{DAY}/part-1.csv")
    second = shop.deliver("a,b,c\n2,y,2\n3,z,3\n", f"shop/{DAY}/part-2.csv")
    result = shop.load_without_failures(table)
    assert [(file.path, file.rows) for file in result.files] == [
        (f"shop/{DAY}/part-1.csv", 1),
        (f"shop/{DAY}/part-2.csv", 2),
    ]
    assert shop.rows("a, _row_number") == [(1, 1), (2, 1), (3, 2)]
    second.unlink()
    shop.load_without_failures(table)
    assert shop.rows("a") == [(1,)]


def test_columns_are_matched_by_name_whatever_their_order(shop: Shop) -> None:
    shop.deliver("c, b ,a\n1.5,x,1\n", "shop/t/t_2024-03-01.csv")
    shop.deliver("a,b,c\n2,y,2.5\n", "shop/t/t_2024-03-02.csv")
    shop.load_without_failures(table_spec(), ["2024-03-01", "2024-03-02"])
    assert shop.rows() == [(1, "x", 1.5), (2, "y", 2.5)]


def test_a_byte_order_mark_is_no_part_of_the_first_column(shop: Shop) -> None:
    shop.deliver("\ufeffa,b,c\n1,x,1.5\n")
    shop.load_without_failures(table_spec())
    assert shop.rows() == [(1, "x", 1.5)]


@pytest.mark.parametrize(
    "content",
    ["a,b,c\r\n1,x,1\r\n2,y,2\r\n", "a,b,c\r\n1,x,1\n2,y,2\r\n", "a,b,c\n1,x,1\r\n2,y,2\n"],
)
def test_windows_and_mixed_line_ends_are_read(shop: Shop, content: str) -> None:
    shop.deliver(content)
    shop.load_without_failures(table_spec(max_reject_rate=0))
    assert shop.rows() == [(1, "x", 1.0), (2, "y", 2.0)]


def test_quotes_delimiters_and_line_ends_inside_a_field_stay(shop: Shop) -> None:
    shop.deliver('a,b,c\n1,"say ""hi"", you\nthere",1\n2,in"side,2\n')
    shop.load_without_failures(table_spec(max_reject_rate=0))
    assert shop.rows("b") == [('say "hi", you\nthere',), ('in"side',)]


def test_delimiter_and_quote_can_be_declared(shop: Shop) -> None:
    shop.deliver("a;b;c\n1;'x;''y';1,5\n")
    table = table_spec(delimiter=";", quote="'", columns={"a": "bigint", "b": "text", "c": "text"})
    shop.load_without_failures(table)
    assert shop.rows() == [(1, "x;'y", "1,5")]


def test_without_a_quote_character_quotes_are_text(shop: Shop) -> None:
    shop.deliver('a\tb\tc\n1\t"x\t1\n')
    shop.load_without_failures(table_spec(delimiter="\t", quote=""))
    assert shop.rows() == [(1, '"x', 1.0)]


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_paths_with_quotes_and_wildcard_characters_are_taken_literally(
    tmp_path: Path, shop: Shop, format: str
) -> None:
    landing = tmp_path / "o'brien [x] ? land"
    path = landing / f"shop's/t_{DAY}"
    path.parent.mkdir(parents=True)
    path.write_bytes(content_of(format))
    table = table_spec(format=format, path="shop's/t_{partition}")
    result = load_partitions(shop.connection, "shop", table, landing, [DAY])
    assert result.failures == []
    assert shop.rows() == ROWS
    assert shop.rows("distinct _source_file") == [(f"shop's/t_{DAY}",)]


def test_folders_named_like_hive_partitions_add_no_columns(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n", f"shop/a={DAY}/t.csv")
    shop.load_without_failures(table_spec(path="shop/a={partition}/t.csv"))
    assert shop.rows("a, _unexpected") == [(1, None)]


def test_a_relative_landing_zone_works(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.deliver("a,b,c\n1,x,1\n")
    monkeypatch.chdir(shop.landing.parent)
    load_partitions(shop.connection, "shop", table_spec(), Path("landing"), [DAY])
    assert shop.rows("a, _source_file") == [(1, f"shop/t/t_{DAY}.csv")]


def test_column_names_with_quotes_and_blanks_are_loaded(shop: Shop) -> None:
    columns = {'it\'s "it"': "bigint", "two words": "text"}
    shop.deliver('"it\'s ""it""",two words\n1,x\nbad,y\n')
    shop.load_without_failures(table_spec(columns=columns, primary_key=['it\'s "it"']))
    assert shop.rows('"it\'s ""it""", "two words"') == [(1, "x")]
    assert shop.rejects("column_name") == [('it\'s "it"',)]


def test_a_column_that_the_declaration_gained_is_added_empty(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n")
    shop.load_without_failures(table_spec())
    shop.deliver("a,b,c,d\n2,y,2,3\n", "shop/t/t_2024-03-02.csv")
    gained = {"a": "bigint", "b": "varchar", "d": "integer", "c": "double"}
    shop.load_without_failures(table_spec(columns=gained), ["2024-03-02"])
    assert shop.rows("a, b, c, d") == [(1, "x", 1.0, None), (2, "y", 2.0, 3)]


def test_a_column_that_the_declaration_lost_stays_and_is_empty_in_new_rows(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n")
    shop.load_without_failures(table_spec())
    shop.deliver("a,b\n2,y\n", "shop/t/t_2024-03-02.csv")
    lost = {"a": "bigint", "b": "varchar"}
    shop.load_without_failures(table_spec(columns=lost), ["2024-03-02"])
    assert shop.rows() == [(1, "x", 1.0), (2, "y", None)]


def test_tables_of_a_source_that_has_not_delivered_are_made_empty(shop: Shop) -> None:
    create_tables(shop.connection, "shop", table_spec())
    create_tables(shop.connection, "shop", table_spec())
    described = {name: kind for name, kind, *_ in shop.query("describe raw.shop__t")}
    assert described == {
        "a": "BIGINT", "b": "VARCHAR", "c": "DOUBLE", "_unexpected": "JSON", "_partition": "DATE",
        "_source_file": "VARCHAR", "_loaded_at": "TIMESTAMP", "_row_number": "BIGINT",
    }  # fmt: skip
    assert shop.rows() == []
    assert shop.rejects() == []


def test_a_file_of_one_column_keeps_its_rows(shop: Shop) -> None:
    shop.deliver('b\nx\n"quo""ted"\n"open\nz\n')
    shop.load_without_failures(table_spec(columns={"b": "text"}))
    assert shop.rows("b") == [("x",), ('quo"ted',), ("z",)]
    assert shop.rejects("line, raw_text") == [(4, '"open')]


def test_a_backfill_of_many_days_numbers_the_rows_of_each_file(shop: Shop) -> None:
    days = [f"2024-03-{day:02}" for day in range(1, 31)]
    for number, day in enumerate(days, start=1):
        rows = "".join(f"{n},{day},{n}\n" for n in range(1, number + 1))
        header = "a,b,c\n" if number % 2 else "b,a,c\n"
        body = rows if number % 2 else "".join(f"{day},{n},{n}\n" for n in range(1, number + 1))
        shop.deliver(header + body, f"shop/t/t_{day}.csv")
    result = shop.load_without_failures(table_spec(), days)
    assert [file.rows for file in result.files] == list(range(1, 31))
    assert shop.query(
        "select count(*) from raw.shop__t where a <> _row_number or b <> _partition::VARCHAR"
    ) == [(0,)]


def test_a_failure_while_writing_leaves_everything_as_it_was(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\nbad,y,1\n")
    shop.load_without_failures(table_spec())
    # An undeclared column that must be filled, added by somebody else, makes the insert fail.
    shop.query("create or replace table raw.shop__t as select *, 1 as obliged from raw.shop__t")
    shop.query("alter table raw.shop__t alter obliged set not null")
    shop.deliver("a,b,c\n2,y,2\n")
    with pytest.raises(Exception, match="obliged"):
        shop.load(table_spec())
    assert shop.rows("a") == [(1,)]
    assert len(shop.rejects()) == 1


def test_declared_types_arrive_as_declared(shop: Shop) -> None:
    columns: dict[str, Any] = {
        "d": "date", "t": "timestamp", "n": "decimal(18,4)", "yes": "boolean", "j": "json",
        "l": "integer[]",
    }  # fmt: skip
    shop.deliver('d,t,n,yes,j,l\n2024-03-01,2024-03-01T01:02:03,1.25,true,"{""x"": 1}","[1, 2]"\n')
    shop.deliver(
        '{"d": "2024-03-01", "t": "2024-03-01T01:02:03", "n": 1.25, "yes": true, "j": {"x": 1}, '
        '"l": [1, 2]}\n',
        f"shop/t/t_{DAY}.jsonl",
    )
    shop.load_without_failures(table_spec(columns=columns))
    from_csv = shop.rows("d, t, n, yes, j->>'x', l")
    shop.load_without_failures(
        table_spec(columns=columns, format="jsonl", path="shop/t/t_{partition}.jsonl")
    )
    assert shop.rows("d, t, n, yes, j->>'x', l") == from_csv
    assert len(from_csv) == 1
