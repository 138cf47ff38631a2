import json

import pytest

from customer_platform.errors import SchemaError, UnreadableFileError
from customer_platform_tests.support.ingestion import DAY, Shop, table_spec

TABLE = table_spec(format="jsonl", path="shop/t_{partition}.jsonl")
FILE = f"shop/t_{DAY}.jsonl"


def test_malformed_lines_are_rejected_with_line_and_text(shop: Shop) -> None:
    shop.deliver(
        '{"a": 1, "b": "x", "c": 1}\n\n{"a": 2, "b"\n[1, 2]\nnull\n'
        '{"a": 3, "b": "y", "c": 2}\n   \n{"a": 4, "b": "z", "c": 3}',
        FILE,
    )
    shop.load_without_failures(TABLE)
    assert shop.rows("a, _row_number") == [(1, 1), (3, 2), (4, 3)]
    assert shop.rejects("line, column_name, raw_text") == [
        (3, None, '{"a": 2, "b"'),
        (4, None, "[1, 2]"),
        (5, None, "null"),
    ]
    assert all(reason.startswith("malformed JSON") for (reason,) in shop.rejects("reason"))


def test_a_wrong_type_is_rejected_with_column_and_line(shop: Shop) -> None:
    lines = [
        {"a": 1, "b": "x", "c": 1},
        {"a": "2", "b": "a number as text is a number", "c": "2.5"},
        {"a": "two", "b": "y", "c": 1},
        {"a": 3.5, "b": "z", "c": {}},
        {"a": 4, "b": {"nested": [1]}, "c": None},
    ]
    shop.deliver("\n".join(json.dumps(line) for line in lines), FILE)
    shop.load_without_failures(TABLE)
    assert shop.rows("a, c") == [(1, 1.0), (2, 2.5), (4, None)]
    assert shop.rows("b")[2] == ('{"nested":[1]}',)
    assert shop.rejects("line, column_name") == [(3, "a"), (4, "a, c")]


def test_undeclared_keys_are_kept_whichever_line_they_are_in(shop: Shop) -> None:
    lines = [
        {"a": 1, "b": "x", "c": 1},
        {"a": 2, "b": "x", "c": 1, 'odd "key".x': {"y": [1, None]}, "null": None},
        {"c": 1, "b": "x", "a": 3},
    ]
    shop.deliver("\n".join(json.dumps(line) for line in lines), FILE)
    result = shop.load_without_failures(TABLE)
    assert result.unexpected == ["null", 'odd "key".x']
    (first,), (second,), (third,) = shop.rows("_unexpected")
    assert (first, third) == (None, None)
    assert json.loads(second) == {'odd "key".x': {"y": [1, None]}, "null": None}


def test_an_undeclared_key_in_the_first_line_and_all_others_is_kept(shop: Shop) -> None:
    shop.deliver('{"a": 1, "b": "x", "c": 1, "d": 1}\n{"a": 2, "b": "x", "c": 1, "d": 2}\n', FILE)
    assert shop.load_without_failures(TABLE).unexpected == ["d"]
    assert shop.rows("_unexpected->>'d'") == [("1",), ("2",)]


def test_a_key_missing_in_some_lines_is_null_there(shop: Shop) -> None:
    shop.deliver('{"a": 1}\n{"a": 2, "b": "x"}\n{"a": 3, "c": 1}\n', FILE)
    shop.load_without_failures(TABLE)
    assert shop.rows() == [(1, None, None), (2, "x", None), (3, None, 1.0)]


def test_a_key_missing_in_every_line_is_a_missing_column(shop: Shop) -> None:
    shop.deliver('{"a": 1, "C": 1}\n{"a": 2, "b": "x"}\n', FILE)
    ((_, error),) = shop.load(TABLE).failures
    assert isinstance(error, SchemaError)
    assert "'c' is missing in every line" in str(error)
    assert "'C' for 'c'" in str(error)


def test_of_many_files_only_those_that_lack_a_key_or_are_damaged_fail(shop: Shop) -> None:
    table = table_spec(format="jsonl", path="shop/t_{partition}.jsonl.gz")
    days = [f"2024-03-0{day}" for day in range(1, 7)]
    for day in days:
        shop.deliver('{"a": 1}\n{"a": 2, "b": "x", "c": 1}\n', f"shop/t_{day}.jsonl.gz")
    shop.deliver('{"a": 1}\n', f"shop/t_{days[2]}.jsonl.gz")
    damaged = shop.landing / f"shop/t_{days[4]}.jsonl.gz"
    damaged.write_bytes(damaged.read_bytes()[:-6])
    result = shop.load(table, days)
    assert [(day, type(error)) for day, error in result.failures] == [
        (days[2], SchemaError),
        (days[4], UnreadableFileError),
    ]
    assert [file.rows for file in result.files] == [2, 2, 2, 2]


def test_a_missing_part_of_the_primary_key_is_rejected(shop: Shop) -> None:
    shop.deliver('{"a": 1, "b": "x", "c": 1}\n{"b": "y", "c": 1}\n', FILE)
    shop.load_without_failures(
        table_spec(format="jsonl", path="shop/t_{partition}.jsonl", primary_key=["a"])
    )
    assert shop.rejects("line, column_name") == [(2, "a")]


def test_blank_lines_alone_are_an_empty_partition(shop: Shop) -> None:
    shop.deliver("\n \n", FILE)
    assert shop.load_without_failures(TABLE).rows == 0


def test_bytes_that_are_not_utf8_reject_their_line_alone(shop: Shop) -> None:
    shop.deliver(b'{"a": 1, "b": "x", "c": 1}\n{"a": 2, "b": "\xe9", "c": 1}\n'
                 b'{"a": "bad", "b": "x", "c": 1}\n{"a": 3, "b": "x", "c": 1}\n', FILE)  # fmt: skip
    shop.load_without_failures(TABLE)
    assert shop.rows("a") == [(1,), (3,)]
    assert shop.rejects("line, raw_text") == [
        (2, '{"a": 2, "b": "\\xe9", "c": 1}'),
        (3, '{"a": "bad", "b": "x", "c": 1}'),
    ]
    assert "not UTF-8" in shop.rejects("reason")[0][0]


def test_a_byte_order_mark_and_windows_line_ends_are_read(shop: Shop) -> None:
    shop.deliver('\ufeff{"a": 1, "b": "x", "c": 1}\r\n{"a": 2, "b": "y", "c": 1}\r\n', FILE)
    shop.load_without_failures(TABLE)
    assert shop.rows("a, b") == [(1, "x"), (2, "y")]


def test_a_line_of_several_megabytes_is_read(shop: Shop) -> None:
    shop.deliver(json.dumps({"a": 1, "b": "x" * 3_000_000, "c": 1}), FILE)
    shop.load_without_failures(TABLE)
    assert shop.rows("length(b)") == [(3_000_000,)]


def test_a_json_column_keeps_strings_and_objects_apart(shop: Shop) -> None:
    shop.deliver('{"a": 1, "j": "text"}\n{"a": 2, "j": {"x": 1}}\n{"a": 3, "j": null}\n', FILE)
    table = table_spec(
        format="jsonl", path="shop/t_{partition}.jsonl", columns={"a": "bigint", "j": "json"}
    )
    shop.load_without_failures(table)
    assert shop.rows("j") == [('"text"',), ('{"x":1}',), (None,)]


@pytest.mark.parametrize(
    ("content", "says"),
    [('[{"a": 1}, {"a": 2}]', "is one JSON array"),
     ('[\n  {"a": 1},\n  {"a": 2}\n]\n', "is one JSON array"),
     ('{\n  "a": 1,\n  "b": {"x": []}\n}\n{\n  "a": 2\n}\n', "over several lines"),
     ('\ufeff{"a": 1}{"a": 2}\n', "several JSON objects on one line"),
     ('{"a": 1}, {"a": 2}\n', "several JSON objects on one line"),
     ('{"a": 1},\n{"a": 2},\n', "JSON objects with commas between them"),
     ('{"a": 1} ,\r\n{"a": 2}\r\n', "JSON objects with commas between them"),
     ('{\n"a": 1\n},\n{\n"a": 2\n}\n', "JSON objects with commas between them"),
     ('["a", "b"]\n[1, 2]\n', "JSON arrays, which name no columns"),
     ('[["a", "b"], [1, 2]]', "JSON arrays, which name no columns")],
)  # fmt: skip
def test_json_that_is_not_one_object_a_line_says_how_it_is_written(
    shop: Shop, content: str, says: str
) -> None:
    path = shop.deliver(content, FILE)
    [(_, error)] = shop.load(TABLE).failures
    assert str(error).startswith(f"{path}: ")
    assert says in str(error)
    assert "one object a line" in str(error)


def test_lines_end_in_line_feeds_alone(shop: Shop) -> None:
    text = "one\u2028two\u2029three\x85four\x0cfive"
    shop.deliver(
        "".join(
            json.dumps({"a": a, "b": text.replace("\x0c", " "), "c": 1}, ensure_ascii=False) + "\n"
            for a in (1, "two", 3)
        ),
        FILE,
    )
    shop.load_without_failures(TABLE)
    assert shop.rows("a, b") == [(a, text.replace("\x0c", " ")) for a in (1, 3)]
    assert shop.rejects("line") == [(2,)]


def test_two_values_of_one_key_are_rejected_as_such(shop: Shop) -> None:
    shop.deliver(
        '{"a": 1, "b": "x", "c": 1}\n{"a": 2, "b": "x", "b": "y", "c": 1}\n'
        '{"a": 4, "d": 1, "d": 2}\n{"a": 5, "n": {"d": 1}, "d": 2}\n',
        FILE,
    )
    shop.load_without_failures(TABLE.model_copy(update={"max_reject_rate": 1}))
    assert shop.rows("a") == [(1,), (5,)]
    assert [(line, reason.partition(";")[0]) for line, reason in shop.rejects("line, reason")] == [
        (2, "the key 'b' comes more than once in one object"),
        (3, "the key 'd' comes more than once in one object"),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_carriage_return_alone_ends_no_line(shop: Shop, end: str) -> None:
    lines = ['{"a": 1,\r"b": "x", "c": 1}', '{"a": 2, "b": "x", "c":\r2}', "oops", '{"a": 3}']
    shop.deliver(end.join(lines) + end, FILE)
    shop.load_without_failures(TABLE)
    assert shop.rows("a, c") == [(1, 1.0), (2, 2.0), (3, None)]
    assert shop.rejects("line, raw_text") == [(3, "oops")]


def test_an_empty_text_is_no_value_of_a_number_date_or_boolean_and_no_key(shop: Shop) -> None:
    columns = {"a": "bigint", "n": "double", "d": "date", "t": "timestamp", "y": "boolean"}
    lines = [
        {"a": 1, "n": "", "d": " ", "t": "\u00a0", "y": "\t"},
        {"a": 2, "n": "1.5", "d": "2024-05-01", "t": None, "y": "true"},
        {"a": "", "n": 1, "d": None, "t": None, "y": None},
        {"a": " ", "n": 1, "d": None, "t": None, "y": None},
        {"a": 5, "n": "-", "d": None, "t": None, "y": None},
    ]
    shop.deliver("\n".join(json.dumps(line) for line in lines), FILE)
    path = "shop/t_{partition}.jsonl"
    shop.load_without_failures(
        table_spec(format="jsonl", path=path, columns=columns, primary_key=["a"], max_reject_rate=1)
    )
    assert shop.rows("a, n, d::VARCHAR, t, y") == [
        (1, None, None, None, None), (2, 1.5, "2024-05-01", None, True),
    ]  # fmt: skip
    assert shop.rejects("line, column_name") == [(3, "a"), (4, "a"), (5, "n")]
    assert "'a' is empty" in shop.rejects("reason")[0][0]
