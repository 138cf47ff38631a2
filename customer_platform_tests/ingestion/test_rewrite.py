"""Landed files, rewritten without some of their rows."""

import codecs
import gzip
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customer_platform.errors import PrivacyError
from customer_platform.ingestion import find_files
from customer_platform.ingestion.changes import fingerprints
from customer_platform.ingestion.rewrite import (
    FileChange,
    Rewritten,
    as_delivered,
    rewrite_files,
)
from customer_platform.ingestion.spec import TableSpec
from customer_platform_tests.support.examples import examples
from customer_platform_tests.support.ingestion import DAY, Shop, table_spec

NAME = f"shop/t/t_{DAY}.csv"
CONNECTION = duckdb.connect(config={"threads": 2})


def rewrite(shop: Shop, table: TableSpec, name: str = NAME, **change: Any) -> Rewritten:
    [rewritten] = rewrite_files(shop.landing, table, {name: FileChange(**change)})
    return rewritten


def content_of(path: Path) -> bytes:
    if path.name.endswith(".gz"):
        return gzip.decompress(path.read_bytes())
    if path.name.endswith(".zst"):
        with pa.input_stream(str(path), compression="zstd") as stream:
            return bytes(stream.read())
    return path.read_bytes()


def test_rows_are_dropped_by_the_number_that_they_have_in_the_raw_table(shop: Shop) -> None:
    path = shop.deliver(
        'Export of today;;\n\na;b;c\n1;"x\ny";1\n\nwrong;x;1\n2;"say ""hi""";2\r\n3;z;3\n'
        "Total: 3 rows;;\n"
    )
    table = table_spec(delimiter=";", max_reject_rate=0.9)
    shop.load_without_failures(table)
    numbers = dict(shop.rows("a, _row_number"))
    assert numbers == {1: 1, 2: 2, 3: 3}
    rewrite(shop, table, drop=[numbers[2]])
    assert path.read_bytes() == (
        b'Export of today;;\n\na;b;c\n1;"x\ny";1\n\nwrong;x;1\n3;z;3\nTotal: 3 rows;;\n'
    )
    shop.load_without_failures(table)
    assert shop.rows() == [(1, "x\ny", 1.0), (3, "z", 3.0)]


def test_rejected_rows_are_dropped_by_their_line(shop: Shop) -> None:
    path = shop.deliver('a,b,c\n1,x,1\nwrong,"x\ny",1\n2,"open,2\n3,z,3\n4,z,4,5\n')
    table = table_spec(max_reject_rate=0.9)
    shop.load_without_failures(table)
    lines = [line for (line,) in shop.rejects("line")]
    assert lines == [3, 5, 7]
    assert rewrite(shop, table, drop_lines=lines[:2]).lines == 2
    assert path.read_text() == "a,b,c\n1,x,1\n3,z,3\n4,z,4,5\n"
    shop.load_without_failures(table)
    assert rewrite(shop, table, drop_lines=[4]).lines == 1
    assert path.read_text() == "a,b,c\n1,x,1\n3,z,3\n"


def test_fields_are_emptied_and_changed_in_their_row_alone(shop: Shop) -> None:
    path = shop.deliver("a,b,c,note\r\n1,x , 1.50 ,n\r\n2,\"y\",2,'n'\r\n3,,3,\r\n")
    table = table_spec()
    shop.load_without_failures(table)
    changed = {1: {"c": None, "note": None}, 2: {"b": 'O"Brien, Pat'}, 3: {"b": "new\nline"}}
    assert rewrite(shop, table, blank=changed).changed == 3
    assert path.read_bytes() == (
        b'a,b,c,note\r\n1,x ,,\r\n2,"O""Brien, Pat",2,\'n\'\r\n3,"new\nline",3,\r\n'
    )
    shop.load_without_failures(table)
    assert shop.rows() == [(1, "x ", None), (2, 'O"Brien, Pat', 2.0), (3, "new\nline", 3.0)]


def test_keys_of_json_become_null_and_all_else_stays_as_it_was_written(shop: Shop) -> None:
    path = shop.deliver(
        '{"a": 1, "b":"x\\u00e9\\"}","c" : 1.50, "n": {"b": [1, "b"]}}\n\n'
        '{"c":2.0,  "b":"y","a":2 }\n{"a":3,"c":null}\n',
        NAME,
    )
    table = table_spec(format="jsonl")
    shop.load_without_failures(table)
    rewrite(shop, table, blank={1: {"b": None, "n": None}, 2: {"b": "né"}, 3: {"b": None}})
    assert path.read_text() == (
        '{"a": 1, "b":null,"c" : 1.50, "n": null}\n\n'
        '{"c":2.0,  "b":"n\\u00e9","a":2 }\n{"a":3,"c":null}\n'
    )
    shop.load_without_failures(table)
    assert shop.rows() == [(1, None, 1.5), (2, "né", 2.0), (3, None, None)]


@pytest.mark.parametrize(
    ("format", "ending"),
    [("csv", ""), ("csv", ".gz"), ("jsonl", ""), ("jsonl", ".zst"), ("parquet", "")],
)
def test_a_file_without_any_row_left_can_be_read(shop: Shop, format: str, ending: str) -> None:
    name = f"{NAME}{ending}"
    table = table_spec(format=format, path=f"shop/t/t_{{partition}}.csv{ending}")
    if format == "parquet":
        path = shop.deliver("", name)
        pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"], "c": [1.0, 2.0]}), path)
    else:
        shop.deliver("a,b,c\n1,x,1\n2,y,2\n" if format == "csv" else '{"a":1,"b":"","c":2}\n' * 2,
                     name)  # fmt: skip
    shop.load_without_failures(table)
    rewrite(shop, table, name, drop=[1, 2])
    shop.load_without_failures(table)
    assert shop.rows() == []


def test_parquet_keeps_its_schema_row_groups_compression_and_metadata(shop: Shop) -> None:
    path = shop.deliver("", NAME)
    rows = pa.table(
        {
            "a": pa.array(range(10), pa.int32()),
            "b": pa.array([f"name {each}" for each in range(10)]).dictionary_encode(),
            "c": pa.array([each / 2 for each in range(10)], pa.float32()),
            "when": pa.array([each * 10**9 for each in range(10)], pa.timestamp("ns", "UTC")),
            "nested": [{"x": ["y", None]}] * 10,
            "kind": pa.array(
                [{"of": f"kind {each}"} for each in range(10)],
                pa.struct({"of": pa.dictionary(pa.int32(), pa.string())}),
            ),
        }
    ).replace_schema_metadata({"made_by": "the shop"})
    pq.write_table(
        rows, path, row_group_size=3, compression={"a": "gzip", "b": "zstd", "c": "none",
                                                   "when": "snappy", "nested": "lz4",
                                                   "kind": "none"},
    )  # fmt: skip
    before = pq.ParquetFile(path)
    table = table_spec(format="parquet")
    shop.load_without_failures(table)
    rewrite(shop, table, drop=[2, 4, 5, 6], blank={1: {"b": None, "nested": None, "c": "7.5"}})
    after = pq.ParquetFile(path)
    assert after.schema.equals(before.schema)
    assert after.schema_arrow.equals(before.schema_arrow, check_metadata=True)
    groups = [after.metadata.row_group(each) for each in range(after.metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [2, 3, 1]
    assert [groups[0].column(each).compression for each in range(4)] == [
        "GZIP", "ZSTD", "UNCOMPRESSED", "SNAPPY",
    ]  # fmt: skip
    expected = rows.take([0, 2, 6, 7, 8, 9]).to_pylist()
    expected[0] |= {"b": None, "nested": None, "c": 7.5}
    read = [after.read_row_group(each).to_pylist() for each in range(3)]
    assert [row for rows in read for row in rows] == expected
    for number in range(10):
        there = number in (2, 6, 7, 8, 9)
        # A dictionary keeps what no row has any longer, unless it is made again.
        assert (f"kind {number}".encode() in path.read_bytes()) is (there or number == 0)


@pytest.mark.parametrize("writer", ["duckdb", "int96", "old"])
def test_parquet_of_other_writers_can_be_rewritten(shop: Shop, writer: str) -> None:
    path = shop.deliver("", NAME)
    if writer == "duckdb":
        CONNECTION.execute(
            "copy (select i::int as a, 'n' || i as b, i / 2 as c, [i] as d, current_date as e, "
            "i::decimal(20, 3) as f, uuid() as g, i::decimal(5, 2) as h, i::ubigint as u, "
            f"'x'::blob as j from range(10) t(i)) to '{path}' (format parquet, compression zstd)"
        )
    else:
        rows = pa.table(
            {
                "a": [1, 2],
                "b": ["x", "y"],
                "c": [1.0, 2.0],
                "d": pa.array([0, 1], pa.timestamp("ms")),
            }
        )
        if writer == "int96":
            pq.write_table(rows, path, use_deprecated_int96_timestamps=True)
        else:
            pq.write_table(rows, path, version="1.0", store_schema=False, use_dictionary=False)
    before = pq.ParquetFile(path)
    table = table_spec(format="parquet")
    shop.load_without_failures(table)
    everything = shop.rows("* exclude (_loaded_at, _row_number)")
    rewrite(shop, table, drop=[1])
    shop.load_without_failures(table)
    assert shop.rows("* exclude (_loaded_at, _row_number)") == everything[1:]
    assert pq.ParquetFile(path).schema_arrow.equals(before.schema_arrow)


def test_mode_and_time_of_a_file_stay_and_it_is_no_new_delivery(shop: Shop) -> None:
    path = shop.deliver("a,b,c\n1,x,1\n2,y,2\n")
    table = table_spec()
    path.chmod(0o640)
    os.utime(path, ns=(1, 1_700_000_000_000_000_001))
    loaded = shop.load_without_failures(table).landed
    first = rewrite(shop, table, drop=[1])
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.stat().st_mtime_ns == 1_700_000_000_000_000_001
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    done = [(first.before, first.after)]
    found = find_files(shop.landing, table).files
    assert fingerprints(found) != loaded
    assert fingerprints(as_delivered(found, done)) == loaded
    shop.load_without_failures(table)
    second = rewrite(shop, table, drop=[1])
    done.append((second.before, second.after))
    assert fingerprints(as_delivered(find_files(shop.landing, table).files, done)) == loaded
    shop.deliver("a,b,c\n1,x,1\n2,y,2\n3,z,3\n")
    assert fingerprints(as_delivered(find_files(shop.landing, table).files, done)) != loaded


def test_a_link_leads_to_the_file_that_is_rewritten(shop: Shop, tmp_path: Path) -> None:
    path = shop.deliver("a,b,c\n1,x,1\n2,y,2\n")
    kept = tmp_path / "kept.csv"
    path.rename(kept)
    path.symlink_to(kept)
    table = table_spec()
    shop.load_without_failures(table)
    rewrite(shop, table, drop=[2])
    assert path.is_symlink()
    assert kept.read_text() == "a,b,c\n1,x,1\n"


def refused(shop: Shop, table: TableSpec, match: str, name: str = NAME, **change: Any) -> None:
    before = {path: path.read_bytes() for path in shop.landing.rglob("*") if path.is_file()}
    with pytest.raises(PrivacyError, match=match):
        rewrite(shop, table, name, **change)
    assert {path: path.read_bytes() for path in shop.landing.rglob("*") if path.is_file()} == before


def test_what_a_file_does_not_have_is_refused(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,x,1\nwrong,y,1\n2,y,2\n")
    table = table_spec()
    refused(shop, table, "has 2 rows, and no row 3", drop=[1, 3])
    refused(shop, table, "no row 0", drop=[0])
    refused(shop, table, "no rejected row on line 2", drop_lines=[2])
    refused(shop, table, "row 1 is named more than once", drop=[1, 1])
    refused(shop, table, "row 1 is named more than once", drop=[1], blank={1: {"b": None}})
    refused(shop, table, "line 3 is named more than once", drop_lines=[3, 3])
    refused(shop, table, "no column 'd'", blank={1: {"d": None}})
    refused(shop, table, "isn't there", "shop/t/t_2024-03-02.csv", drop=[1])
    refused(shop, table, "would be read otherwise", blank={1: {"a": "text"}})


def test_a_file_of_which_nothing_could_be_read_is_left(shop: Shop) -> None:
    shop.deliver('{"a": 1, "b": "x", "c": 2}\n[1]\n', NAME)
    refused(shop, table_spec(format="jsonl"), "nothing could be read", drop=[1])


def test_rows_that_end_in_carriage_returns_are_dropped(shop: Shop) -> None:
    path = shop.deliver('a,b,c\r1,x,1\r2,"y",2\r3,z,3\r')
    shop.load_without_failures(table_spec())
    assert len(shop.rows()) == 3
    rewrite(shop, table_spec(), drop=[2])
    assert path.read_bytes() == b"a,b,c\r1,x,1\r3,z,3\r"


def test_a_character_that_the_encoding_lacks_is_refused(shop: Shop) -> None:
    shop.deliver("a,b,c\n1,é,1\n".encode("latin-1"))
    refused(shop, table_spec(encoding="latin-1"), "can't be in", blank={1: {"b": "Łukasz"}})
    refused(
        shop, table_spec(encoding="latin-1", quote=""), "aren't quoted", blank={1: {"b": "a,b"}}
    )


def test_a_file_that_changed_since_it_was_loaded_is_refused(shop: Shop) -> None:
    path = shop.deliver("a,b,c\n1,x,1\n2,y,2\n")
    table = table_spec()
    loaded = shop.load_without_failures(table).landed
    shop.deliver("a,b,c\n0,x,1\n1,x,1\n2,y,2\n")
    with pytest.raises(PrivacyError, match="changed since it was loaded"):
        rewrite_files(shop.landing, table, {NAME: FileChange(drop=[1])}, loaded)

    def deliver_again(rewritten: Sequence[Rewritten]) -> None:
        raise KeyboardInterrupt

    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        rewrite_files(shop.landing, table, {NAME: FileChange(drop=[1])}, None, deliver_again)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_a_file_with_another_name_is_refused(shop: Shop, tmp_path: Path) -> None:
    path = shop.deliver("a,b,c\n1,x,1\n")
    os.link(path, tmp_path / "copy")
    refused(shop, table_spec(), "hard link", drop=[1])


def test_what_a_killed_process_has_left_is_removed(shop: Shop) -> None:
    path = shop.deliver("a,b,c\n1,x,1\n2,y,2\n")
    left = path.with_name(f".rewritten-0a1b2c3d-{path.name}")
    left.write_text("half")
    other = path.with_name(".rewritten-0a1b2c3d-other.csv")
    other.write_text("of another file")
    rewrite(shop, table_spec(), drop=[1])
    assert not left.exists()
    assert other.exists()


def test_rows_of_a_partition_are_numbered_across_its_files(shop: Shop) -> None:
    table = table_spec(primary_key=["a"], path="shop/t/*_{partition}.csv", max_reject_rate=1)
    for part, content in (("x", "a,b,c\n1,x,1\n2,x,2\n"), ("y", "a,b,c\n1,dup,1\n3,y,3\n")):
        shop.deliver(content, f"shop/t/{part}_{DAY}.csv")
    shop.load_without_failures(table)
    name = f"shop/t/y_{DAY}.csv"
    assert shop.query(f"select _row_number, b from raw.shop__t where _source_file = '{name}'") == [
        (1, "y")
    ]
    assert rewrite(shop, table, name, drop=[1]).admitted == 0
    assert (shop.landing / name).read_text() == "a,b,c\n1,dup,1\n"
    # The row that had the same key first is gone.
    assert rewrite(shop, table, f"shop/t/x_{DAY}.csv", drop=[1]).admitted == 0
    shop.load_without_failures(table)
    assert shop.rows("b") == [("x",), ("dup",)]


# The encodings of a delivery: how Python writes it, and the bytes before it.
ENCODINGS = {
    "utf-8": [b"", codecs.BOM_UTF8],
    "latin-1": [b""],
    "cp1252": [b""],
    "utf-16": [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE],
    "utf-16-le": [b"", codecs.BOM_UTF16_LE],
}
LETTERS = st.text(st.sampled_from("ab é ü\",;\n'\\|"), max_size=6)
KINDS = st.sampled_from(["good", "good", "good", "blank", "wrong", "many", "bare"])
ROWS = st.lists(st.tuples(KINDS, LETTERS), min_size=1, max_size=8)


def csv_piece(
    number: int, kind: str, text: str, delimiter: str, end: str, always: bool
) -> tuple[str, int]:
    """The text of a row, and how many lines it has."""
    quoted = f'"{text.replace(chr(34), chr(34) * 2)}"'
    if not always and text.strip() and not set(text) & set(f'"\n{delimiter}'):
        quoted = text
    row = {
        "good": [str(number), quoted, f"{number}.5"],
        "blank": [],
        "wrong": ["wrong", quoted, "1"],
        "many": [str(number), "x", "1", "2"],
        "bare": [str(number), "", ""],
    }[kind]
    written = delimiter.join(row)
    return written + end, written.count("\n") + 1


def json_piece(number: int, kind: str, text: str, end: str, ascii: bool) -> tuple[str, int]:
    document: Any = {
        "good": {"b": text, "c": f"{number}.5", "a": number, "extra": [text]},
        "blank": None,
        "wrong": {"a": "wrong", "b": text, "c": None},
        "many": [1],
        "bare": {"a": number},
    }[kind]
    return ("" if document is None else json.dumps(document, ensure_ascii=ascii)) + end, 1


@examples(25)
@given(
    data=st.data(),
    format=st.sampled_from(["csv", "jsonl"]),
    encoding=st.sampled_from(list(ENCODINGS)),
    ending=st.sampled_from(["", ".gz", ".zst"]),
    end=st.sampled_from(["\n", "\r\n"]),
    rows=ROWS,
    above=st.sampled_from(["", "Export of today", "sep=;"]),
    ends_with_line_end=st.booleans(),
)
def test_the_other_rows_keep_every_byte_and_are_read_as_before(
    data: st.DataObject,
    format: str,
    encoding: str,
    ending: str,
    end: str,
    rows: list[tuple[str, str]],
    above: str,
    ends_with_line_end: bool,
) -> None:
    delimiter = data.draw(st.sampled_from(";|"))
    mark = data.draw(st.sampled_from(ENCODINGS[encoding]))
    always = data.draw(st.booleans())
    codec = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}.get(mark, encoding)
    head, line = "", 1
    if format == "csv":
        head = (above + end if above else "") + delimiter.join("abc") + end
        line = head.count("\n") + 1
    pieces: list[tuple[str, int]] = []
    for number, (kind, text) in enumerate(rows, start=1):
        if format == "csv":
            piece, length = csv_piece(number, kind, text, delimiter, end, always)
        else:
            piece, length = json_piece(number, kind, text, end, always)
        pieces.append((piece, line))
        line += length
    if not ends_with_line_end and pieces[-1][0] != end:
        pieces[-1] = pieces[-1][0].removesuffix(end), pieces[-1][1]

    def written(without: frozenset[int] = frozenset()) -> bytes:
        kept = [piece for index, (piece, _) in enumerate(pieces, 1) if index not in without]
        return mark + (head + "".join(kept)).encode(codec)

    name = f"{NAME}{ending}"
    table = table_spec(
        format=format, encoding=encoding, delimiter=delimiter, max_reject_rate=1,
        path=f"shop/t/t_{{partition}}.csv{ending}",
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        CONNECTION.execute("drop schema if exists raw cascade")
        shop = Shop(Path(folder), CONNECTION)
        path = shop.deliver(written(), name)
        assume(not shop.load(table).failures)
        # The number that a row was written with is the value of its column a.
        accepted = dict(shop.rows("_row_number, a"))
        lines = {line: index for index, (_, line) in enumerate(pieces, start=1)}
        rejected = [line for (line,) in shop.rejects("line") if line is not None]
        assert all(line in lines for line in rejected)
        drop = data.draw(st.sets(st.sampled_from(sorted(accepted) or [0])))
        drop_lines = data.draw(st.sets(st.sampled_from(rejected or [0]))) - {0}
        drop -= {0}
        rows_before = shop.rows("a, b, c, _unexpected")
        rejects_before = shop.rejects("raw_text")
        without = frozenset(
            {accepted[each] for each in drop} | {lines[each] for each in drop_lines}
        )
        refusal = ""
        try:
            done = rewrite(shop, table, name, drop=sorted(drop), drop_lines=sorted(drop_lines))
        except PrivacyError as error:
            refusal = str(error)
        if refusal:
            # Of JSON, what is left may be no object, or lack a declared key everywhere.
            assert "nothing could be read" in refusal
            assert format == "jsonl"
            assert content_of(path) == written()
            return
        assert content_of(path) == (written(without) or b"\n")
        shop.load_without_failures(table)
        gone = {accepted[each] for each in drop}
        assert shop.rows("a, b, c, _unexpected") == [
            row for row in rows_before if row[0] not in gone
        ]
        assert len(shop.rejects("line")) == len(rejects_before) - len(drop_lines)
        assert (done.dropped, done.lines, done.admitted) == (len(drop), len(drop_lines), 0)


VALUES = st.none() | st.text(st.sampled_from('ab é",\n'), min_size=1, max_size=5)


@examples(25)
@given(
    data=st.data(),
    format=st.sampled_from(["csv", "jsonl", "parquet"]),
    values=st.lists(VALUES, min_size=1, max_size=6),
    ending=st.sampled_from(["", ".gz", ".zst"]),
)
def test_what_is_changed_is_read_and_nothing_else_is(
    data: st.DataObject, format: str, values: list[str | None], ending: str
) -> None:
    ending = "" if format == "parquet" else ending
    name = f"{NAME}{ending}"
    table = table_spec(format=format, path=f"shop/t/t_{{partition}}.csv{ending}")
    numbers = range(1, len(values) + 1)
    with tempfile.TemporaryDirectory() as folder:
        CONNECTION.execute("drop schema if exists raw cascade")
        shop = Shop(Path(folder), CONNECTION)
        if format == "parquet":
            rows = pa.table(
                {"a": numbers, "b": pa.array(values, pa.string()), "c": [1.5] * len(values)}
            )
            pq.write_table(rows, shop.deliver("", name), row_group_size=2)
        elif format == "jsonl":
            each = (
                json.dumps({"b": v, "a": n, "c": 1.5}) for n, v in zip(numbers, values, strict=True)
            )
            shop.deliver("\n".join(each), name)
        else:
            quoted = ("" if v is None else '"' + v.replace('"', '""') + '"' for v in values)
            each = (f"{n},{v},1.5\n" for n, v in zip(numbers, quoted, strict=True))
            shop.deliver("a,b,c\n" + "".join(each), name)
        shop.load_without_failures(table)
        before = shop.rows()
        changed: Mapping[int, str | None] = data.draw(
            st.dictionaries(st.sampled_from(list(numbers)), VALUES)
        )
        rewrite(shop, table, name, blank={n: {"b": value} for n, value in changed.items()})
        shop.load_without_failures(table)
        assert shop.rows() == [(a, changed.get(a, b), c) for a, b, c in before]
