import gzip
import random

import pytest

from customer_platform.errors import (
    MissingFileError,
    SchemaError,
    TableMismatchError,
    TooManyRejectsError,
    UnreadableFileError,
)
from customer_platform.ingestion.load import load_partitions
from customer_platform_tests.support.ingestion import DAY, Shop, table_spec

OTHER_DAY = "2024-03-02"


def test_a_broken_quote_rejects_its_row_alone_with_line_and_text(shop: Shop) -> None:
    shop.deliver('a,b,c\n1,x,1\n2,"br"oken,2\n3,y,3\n')
    shop.load_without_failures(table_spec())
    assert shop.rows("a, _row_number") == [(1, 1), (3, 2)]
    ((line, _, reason, text),) = shop.rejects()
    assert (line, text) == (3, '2,"br"oken,2')
    assert reason.startswith("broken quote")


def test_an_unclosed_quote_does_not_swallow_the_rows_after_it(shop: Shop) -> None:
    shop.deliver('a,b,c\n1,x,1\n2,"open,2\n3,y,3\n4,"z, too",4\n5,"two\nlines",5\n6,w,6\n')
    shop.load_without_failures(table_spec())
    assert [a for (a,) in shop.rows("a")] == [1, 3, 4, 5, 6]
    assert shop.rows("b")[3] == ("two\nlines",)
    assert shop.rejects("line, raw_text") == [(3, '2,"open,2')]


def test_several_unclosed_quotes_are_each_rejected_with_their_own_line(shop: Shop) -> None:
    shop.deliver('a,b,c\n1,x,1\n2,"open,2\n3,y,3\n4,"also open,4\n5,z,5\nwrong,w,6\n7,v,7\n')
    shop.load_without_failures(table_spec())
    assert [a for (a,) in shop.rows("a")] == [1, 3, 5, 7]
    assert shop.rejects("line, raw_text") == [
        (3, '2,"open,2'),
        (5, '4,"also open,4'),
        (7, "wrong,w,6"),
    ]


def test_an_unclosed_quote_deep_in_a_large_file_costs_one_row(shop: Shop) -> None:
    rows = [f'{n},"text, {n}",{n}' for n in range(60_000)]
    rows[40_000] = '40000,"open,1'
    shop.deliver("a,b,c\n" + "\n".join(rows) + "\n")
    result = shop.load_without_failures(table_spec())
    assert (result.rows, result.rejected) == (59_999, 1)
    assert shop.rejects("line") == [(40_002,)]
    assert shop.query("select count(distinct a), max(_row_number) from raw.shop__t") == [
        (59_999, 59_999)
    ]


def test_a_row_with_too_many_fields_is_rejected_with_its_line_number(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n2,y,2,surplus\n3,z,3\n")
    shop.load_without_failures(table_spec())
    assert [a for (a,) in shop.rows("a")] == [1, 3]
    ((line, _, reason, text),) = shop.rejects()
    assert (line, text) == (3, "2,y,2,surplus")
    assert reason.startswith("too many fields")
    assert "quote fields" in reason


def test_a_row_with_too_few_fields_is_rejected_with_its_line_number(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n2,y\n3,z,3\n")
    shop.load_without_failures(table_spec())
    ((line, _, reason, text),) = shop.rejects()
    assert (line, text) == (3, "2,y")
    assert reason.startswith("too few fields")


def test_a_wrong_type_is_rejected_with_column_value_and_line(shop: Shop) -> None:
    shop.deliver('a,b,c\n1,"two\nlines",1\n\nx,y,2\n3,z,3\n')
    shop.load_without_failures(table_spec())
    assert [a for (a,) in shop.rows("a")] == [1, 3]
    ((line, column, reason, text),) = shop.rejects()
    assert (line, column, text) == (5, "a", "x,y,2")
    assert "'x'" in reason
    assert "BIGINT" in reason


def test_a_row_with_several_errors_is_one_reject_that_names_them_all(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\nwrong,y,also wrong\n3,z,3\n")
    result = shop.load_without_failures(table_spec())
    assert result.rejected == 1
    ((_, column, reason, _),) = shop.rejects()
    assert column == "a, c"
    assert "'wrong'" in reason
    assert "'also wrong'" in reason


@pytest.mark.parametrize("value", ["3.7", "1e-1", "1_000", "0x10", "1,5", "99999999999999999999"])
def test_what_is_no_whole_number_is_rejected_rather_than_rounded(shop: Shop, value: str) -> None:
    shop.deliver(f'a,b,c\n1,x,1\n"{value}",y,2\n')
    shop.load_without_failures(table_spec())
    assert shop.rows("a") == [(1,)]
    assert shop.rejects("column_name") == [("a",)]


def test_a_whole_number_written_with_a_point_is_accepted(shop: Shop) -> None:
    shop.deliver("a,b,c\n17850.0,x,1\n9223372036854775807,y,1\n1e3,z,1\n")
    shop.load_without_failures(table_spec())
    assert shop.rows("a") == [(17850,), (9223372036854775807,), (1000,)]


def test_a_missing_column_fails_the_partition_and_says_what_the_file_has(shop: Shop) -> None:
    shop.deliver("a,B_text,d\n1,x,1\n")
    ((partition, error),) = shop.load(
        table_spec(columns={"a": "bigint", "b_text": "text"})
    ).failures
    assert partition == DAY
    assert isinstance(error, SchemaError)
    message = str(error)
    assert f"t_{DAY}.csv" in message
    assert "'b_text' is missing" in message
    assert "a, B_text, d" in message
    assert "'B_text' for 'b_text'" in message


def test_a_column_named_twice_fails_the_partition(shop: Shop) -> None:
    shop.deliver("a,b,c,b\n1,x,1,y\n")
    ((_, error),) = shop.load(table_spec()).failures
    assert isinstance(error, SchemaError)
    assert "'b' comes more than once" in str(error)


def test_a_new_column_is_kept_as_json_and_listed(shop: Shop) -> None:
    shop.deliver('a,new one,b,c\n1,"q""uoted",x,1\n2,,y,2\n')
    result = shop.load_without_failures(table_spec())
    assert result.unexpected == ["new one"]
    assert result.files[0].unexpected == ("new one",)
    assert shop.rows("a, b, _unexpected->>'new one'") == [(1, "x", 'q"uoted'), (2, "y", None)]


def test_rows_of_a_file_as_declared_have_nothing_unexpected(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n")
    result = shop.load_without_failures(table_spec())
    assert result.unexpected == []
    assert shop.rows("_unexpected") == [(None,)]


@pytest.mark.parametrize(
    ("format", "ending"),
    [("csv", "csv"), ("csv", "csv.gz"), ("csv", "csv.zst"), ("jsonl", "jsonl"),
     ("jsonl", "jsonl.gz"), ("parquet", "parquet")],
)  # fmt: skip
def test_a_zero_byte_file_fails_the_partition(shop: Shop, format: str, ending: str) -> None:
    (shop.landing / "shop").mkdir()
    (shop.landing / f"shop/{DAY}.{ending}").write_bytes(b"")
    table = table_spec(format=format, path=f"shop/{{partition}}.{ending}")
    ((_, error),) = shop.load(table).failures
    assert isinstance(error, UnreadableFileError)
    assert f"{DAY}.{ending}: empty file" in str(error)


def test_a_csv_of_blank_lines_has_no_header_and_fails(shop: Shop) -> None:
    shop.deliver("\n\n")
    ((_, error),) = shop.load(table_spec()).failures
    assert "no header" in str(error)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_csv_with_only_a_header_is_an_empty_partition(shop: Shop, end: str) -> None:
    shop.deliver("a,b,c" + end)
    result = shop.load_without_failures(table_spec())
    assert [(file.rows, file.rejected) for file in result.files] == [(0, 0)]
    assert shop.rows() == []


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize("kept", [8, 0.5, -4])
def test_a_truncated_gzip_fails_its_partition_and_names_the_file(
    shop: Shop, format: str, kept: float
) -> None:
    noise = random.Random(1)
    lines = {
        "csv": "a,b,c\n" + "".join(f"{n},{noise.random()},1\n" for n in range(20_000)),
        "jsonl": "".join(f'{{"a": {n}, "b": "{noise.random()}", "c": 1}}\n' for n in range(20_000)),
    }
    data = gzip.compress(lines[format].encode())
    folder = shop.landing / "shop"
    folder.mkdir()
    for day in (DAY, "2024-03-03"):
        (folder / f"{day}.gz").write_bytes(data)
    keep = int(len(data) * kept) if isinstance(kept, float) else kept
    (folder / f"{OTHER_DAY}.gz").write_bytes(data[:keep])
    result = shop.load(
        table_spec(format=format, path="shop/{partition}.gz"), [DAY, OTHER_DAY, "2024-03-03"]
    )
    ((partition, error),) = result.failures
    assert partition == OTHER_DAY
    assert isinstance(error, UnreadableFileError)
    assert f"{OTHER_DAY}.gz" in str(error)
    assert result.rows == 40_000


@pytest.mark.parametrize("ending", ["csv.gz", "csv.zst"])
def test_a_file_that_is_not_compressed_as_named_fails_its_partition(
    shop: Shop, ending: str
) -> None:
    (shop.landing / "shop").mkdir()
    (shop.landing / f"shop/{DAY}.{ending}").write_text("a,b,c\n1,x,1\n")
    ((_, error),) = shop.load(table_spec(path=f"shop/{{partition}}.{ending}")).failures
    assert isinstance(error, UnreadableFileError)
    assert f"{DAY}.{ending}" in str(error)


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"a,b,c\n1,x,1\n", "not a Parquet file"), (b"PAR1" + b"\0" * 40, "cut off"),
     (b"PAR1" + b"\0" * 40 + b"PAR1", "cannot be read as parquet")],
)  # fmt: skip
def test_what_is_no_parquet_file_fails_its_partition(
    shop: Shop, content: bytes, words: str
) -> None:
    shop.deliver(content, f"shop/{DAY}.parquet")
    table = table_spec(format="parquet", path="shop/{partition}.parquet")
    ((_, error),) = shop.load(table).failures
    assert isinstance(error, UnreadableFileError)
    assert f"{DAY}.parquet" in str(error)
    assert words in str(error)


def test_bytes_that_are_not_utf8_reject_their_rows_and_say_what_to_declare(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n2,Café,2\n3,z,3\n".encode("latin-1"))
    shop.load_without_failures(table_spec())
    assert shop.rows("a") == [(1,), (3,)]
    assert shop.rejects() == [
        (3, "b", "not UTF-8; if the file is Latin-1 declare `encoding: latin-1`", "2,Caf\\xe9,2")
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_a_declared_encoding_loads_every_row(shop: Shop, encoding: str, ending: str) -> None:
    shop.deliver("a,b,c\n1,Café,1\n2,Zoë,2\n".encode(encoding), f"shop/{DAY}.{ending}")
    shop.load_without_failures(
        table_spec(encoding=encoding, path=f"shop/{{partition}}.{ending}", max_reject_rate=0)
    )
    assert shop.rows("a, b") == [(1, "Café"), (2, "Zoë")]


def test_bytes_outside_the_declared_encoding_reject_their_row_alone(shop: Shop) -> None:
    shop.deliver(b"a,b,c\n1,Caf\xe9,1\n2,\x81,2\n3,z,3\n")
    shop.load_without_failures(table_spec(encoding="cp1252"))
    assert shop.rows("a, b") == [(1, "Café"), (3, "z")]
    ((line, reason),) = shop.rejects("line, reason")
    assert line == 3
    assert "not cp1252" in reason


def test_of_rows_with_one_primary_key_the_first_stays_and_is_pointed_at(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,first,1\n2,x,2\n1,second,3\n1,third,4\n3,y,5\n4,z,6\n")
    shop.load_without_failures(table_spec(primary_key=["a"]))
    assert shop.rows("a, b, _row_number") == [
        (1, "first", 1), (2, "x", 2), (3, "y", 3), (4, "z", 4),
    ]  # fmt: skip
    (second, third) = shop.rejects()
    assert (second[0], second[1], second[3]) == (4, "a", "1,second,3")
    assert f"duplicate primary key (a=1): first seen in shop/t/t_{DAY}.csv line 2" in second[2]
    assert third[0] == 5


def test_a_primary_key_is_compared_across_the_files_of_a_partition_but_not_across_partitions(
    shop: Shop,
) -> None:
    shop.deliver("a,b,c\n1,x,1\n2,x,1\n", f"shop/{DAY}_1.csv")
    shop.deliver("b,a,c\nlater,1,1\ny,3,1\n", f"shop/{DAY}_2.csv")
    shop.deliver("a,b,c\n1,other day,1\n", f"shop/{OTHER_DAY}_1.csv")
    table = table_spec(primary_key=["a"], path="shop/{partition}_*.csv")
    shop.load_without_failures(table, [DAY, OTHER_DAY])
    assert shop.rows("a, b") == [(1, "x"), (2, "x"), (3, "y"), (1, "other day")]
    ((file, line, reason),) = shop.rejects("_source_file, line, reason")
    assert (file, line) == (f"shop/{DAY}_2.csv", 2)
    assert f"first seen in shop/{DAY}_1.csv line 2" in reason


def test_an_empty_part_of_the_primary_key_is_rejected(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n,y,2\n3,z,3\n")
    shop.load_without_failures(table_spec(primary_key=["a", "b"]))
    ((line, column, reason, _),) = shop.rejects()
    assert (line, column) == (3, "a")
    assert "must be filled" in reason


def test_a_row_of_another_day_is_rejected_with_both_days(shop: Shop) -> None:
    shop.deliver(
        f"at,b\n{DAY} 00:00:00,x\n{OTHER_DAY} 00:00:00,y\n{DAY} 23:59:59.999,z\n,empty\n{DAY},v\n"
    )
    columns = {"at": "timestamp", "b": "text"}
    shop.load_without_failures(table_spec(columns=columns, partition_column="at"))
    assert shop.rows("b") == [("x",), ("z",), ("v",)]
    other, empty = shop.rejects()
    assert (other[0], other[1]) == (3, "at")
    assert DAY in other[2]
    assert OTHER_DAY in other[2]
    assert (empty[0], empty[1]) == (5, "at")
    assert "must be filled" in empty[2]


def test_a_missing_file_fails_a_required_partition_and_names_the_path(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n", "shop/t/t_2024-01-01.csv")
    result = shop.load(table_spec())
    ((partition, error),) = result.failures
    assert partition == DAY
    assert isinstance(error, MissingFileError)
    assert str(shop.landing / f"shop/t/t_{DAY}.csv") in str(error)
    assert result.awaited is None


def test_days_before_the_first_file_are_not_missing(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n", f"shop/t/t_{OTHER_DAY}.csv")
    result = shop.load(table_spec(), ["2023-12-31", DAY, OTHER_DAY])
    assert result.failures == []
    assert shop.rows("a, _partition::VARCHAR") == [(1, OTHER_DAY)]


def test_a_file_from_before_the_first_day_there_is_makes_no_later_day_missing(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n", "shop/t/t_2023-12-31.csv")
    shop.deliver("a,b,c\n1,x,1\n", f"shop/t/t_{OTHER_DAY}.csv")
    days = ["2024-01-01", DAY, OTHER_DAY]
    result = load_partitions(
        shop.connection, "shop", table_spec(), shop.landing, days, "2024-01-01"
    )
    assert (result.failures, result.rows) == ([], 1)


def test_a_day_after_the_first_is_missing_also_when_the_first_file_is_cleared_away(
    shop: Shop,
) -> None:
    path = shop.deliver("a,b,c\n1,x,1\n")
    shop.load_without_failures(table_spec())
    path.unlink()
    assert [day for day, _ in shop.load(table_spec(), [OTHER_DAY]).failures] == [OTHER_DAY]


def test_a_required_table_of_which_nothing_ever_landed_is_empty_and_awaited(shop: Shop) -> None:
    result = shop.load(table_spec(), [DAY, OTHER_DAY])
    assert result.failures == []
    assert result.awaited == shop.landing / f"shop/t/t_{OTHER_DAY}.csv"
    assert shop.rows() == []
    assert shop.load(table_spec(required=False), [DAY]).awaited is None


def test_a_missing_file_empties_a_partition_that_requires_none(shop: Shop) -> None:
    table = table_spec(required=False)
    path = shop.deliver("a,b,c\n1,x,1\nbad,y,2\n")
    shop.load_without_failures(table)
    path.unlink()
    result = shop.load_without_failures(table)
    assert result.files == []
    assert shop.rows() == []
    assert shop.rejects() == []


def test_too_many_rejects_keep_the_previous_content_and_show_the_rejects(shop: Shop) -> None:
    table = table_spec(max_reject_rate=0.2)
    shop.deliver("a,b,c\n1,x,1\n2,y,2\n")
    shop.load_without_failures(table)
    shop.deliver("a,b,c\n7,x,1\nq,y,2\nr,y,2\ns,y,2\nt,y,2\n")
    ((partition, error),) = shop.load(table).failures
    assert partition == DAY
    assert isinstance(error, TooManyRejectsError)
    message = str(error)
    assert "4 of 5 rows" in message
    assert message.count("wrong type") == 3
    assert "raw.shop__t__rejected" in message
    assert shop.rows("a") == [(1,), (2,)]
    assert shop.rejects("raw_text") == [("q,y,2",), ("r,y,2",), ("s,y,2",), ("t,y,2",)]


def test_a_share_of_rejects_at_the_limit_is_accepted(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n2,y,2\n3,y,2\n4,y,2\nbad,y,2\n")
    assert shop.load_without_failures(table_spec(max_reject_rate=0.2)).rejected == 1


def test_a_bad_partition_does_not_hold_back_the_good_ones(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n")
    shop.deliver("a,c\n1,1\n", f"shop/t/t_{OTHER_DAY}.csv")
    result = shop.load(table_spec(), [DAY, OTHER_DAY, "2024-03-03"])
    assert [(day, type(error)) for day, error in result.failures] == [
        (OTHER_DAY, SchemaError),
        ("2024-03-03", MissingFileError),
    ]
    assert shop.rows("a, _partition::VARCHAR") == [(1, DAY)]


def test_a_changed_type_is_refused_before_anything_is_touched(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n")
    shop.load_without_failures(table_spec())
    changed = table_spec(columns={"a": "varchar", "b": "varchar", "c": "double"})
    with pytest.raises(TableMismatchError, match=r"raw\.shop__t: column 'a' is BIGINT .* VARCHAR"):
        shop.load(changed)
    assert shop.rows("a") == [(1,)]


def test_a_partition_that_is_no_day_is_refused(shop: Shop) -> None:
    with pytest.raises(ValueError, match="2024-02-30"):
        shop.load(table_spec(), ["2024-02-30"])


def test_a_timestamp_with_an_offset_is_loaded_as_utc(shop: Shop) -> None:
    shop.deliver("at\n2024-03-01T10:00:00+02:00\n2024-03-01T10:00:00Z\n2024-03-01 10:00:00\n")
    shop.load_without_failures(table_spec(columns={"at": "timestamp"}))
    assert shop.rows("strftime(\"at\", '%H:%M')") == [("08:00",), ("10:00",), ("10:00",)]


def test_the_settings_of_the_connection_are_left_as_they_were(shop: Shop) -> None:
    shop.connection.execute("set TimeZone = 'Europe/Amsterdam'")
    shop.connection.execute("set preserve_insertion_order = false")
    shop.deliver("at\n2024-03-01 10:00:00\n")
    shop.load_without_failures(table_spec(columns={"at": "timestamp"}))
    assert shop.rows("strftime(\"at\", '%H:%M')") == [("10:00",)]
    assert shop.query(
        "select current_setting('TimeZone'), current_setting('preserve_insertion_order')"
    ) == [("Europe/Amsterdam", False)]


def test_nothing_temporary_stays_in_the_connection(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\n1,y,1\nbad,z,1\n1,2\n")
    shop.load(table_spec(primary_key=["a"], max_reject_rate=1))
    assert shop.query("select table_name from duckdb_tables() where temporary") == []
