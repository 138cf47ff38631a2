"""What holds for any delivery, whatever is in it."""

import csv
import io
import json
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_platform.ingestion.spec import TableSpec
from customer_platform_tests.support.ingestion import DAY, Shop, table_spec

# DuckDB's text cannot hold NUL; a lone carriage return is a line end in CSV outside quotes.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ROWS = st.lists(st.tuples(st.none() | TEXT, st.none() | TEXT, st.none() | TEXT), max_size=12)
COLUMNS = {"a": "varchar", "b": "varchar", "c": "varchar"}

# Fragments that a broken export is made of.
FRAGMENT = st.sampled_from(
    ["1", "2.5", "x", '"', '""', '"x"', ",", "\n", "\r\n", "é", " ", '"a,b"', '"a\nb"', "4,y,4\n"]
)


# Opening a database takes longer than loading a few rows into it.
CONNECTION = duckdb.connect(config={"threads": 2})


def empty_shop(landing: str) -> Shop:
    """A landing zone and the shared warehouse, emptied."""
    CONNECTION.execute("drop schema if exists raw cascade")
    return Shop(Path(landing), CONNECTION)


def load(content: bytes, table: TableSpec) -> tuple[Shop, int, int]:
    """Load one file into a warehouse in memory; accepted and rejected rows."""
    with tempfile.TemporaryDirectory() as folder:
        shop = empty_shop(folder)
        shop.deliver(content, table.path.replace("{partition}", DAY))
        result = shop.load_without_failures(table)
        return shop, result.rows, result.rejected


def as_csv(rows: Sequence[Sequence[str | None]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue().encode()


def as_jsonl(rows: Sequence[Sequence[str | None]], ensure_ascii: bool) -> bytes:
    documents = (dict(zip(COLUMNS, row, strict=True)) for row in rows)
    lines = (json.dumps(document, ensure_ascii=ensure_ascii) + "\n" for document in documents)
    return ("".join(lines) or "\n").encode()


def with_a_value(rows: list[tuple[str | None, ...]]) -> list[tuple[str | None, ...]]:
    """The rows that are not skipped as those of blanks and control characters alone are."""
    none = ("Zs", "Zl", "Zp", "Cc", "Cf")
    return [
        row
        for row in rows
        if any(unicodedata.category(c) not in none for v in row for c in v or "")
    ]


def as_parquet(rows: Sequence[Sequence[str | None]]) -> bytes:
    columns = {
        name: pa.array([row[index] for row in rows], pa.string())
        for index, name in enumerate(COLUMNS)
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return bytes(sink.getvalue())


@settings(max_examples=40)
@given(rows=ROWS)
def test_text_written_as_csv_comes_back_with_empty_fields_as_null(
    rows: list[tuple[str | None, ...]],
) -> None:
    shop, accepted, _ = load(as_csv(rows), table_spec(columns=COLUMNS, max_reject_rate=0))
    filled = with_a_value(rows)
    assert accepted == len(filled)
    assert shop.rows() == [tuple(value or None for value in row) for row in filled]


@settings(max_examples=40)
@given(rows=ROWS, ensure_ascii=st.booleans())
def test_text_written_as_json_lines_comes_back(
    rows: list[tuple[str | None, ...]], ensure_ascii: bool
) -> None:
    table = table_spec(columns=COLUMNS, format="jsonl", max_reject_rate=0)
    shop, _, _ = load(as_jsonl(rows, ensure_ascii), table)
    assert shop.rows() == with_a_value(rows)


@settings(max_examples=40)
@given(rows=ROWS)
def test_text_written_as_parquet_comes_back(rows: list[tuple[str | None, ...]]) -> None:
    table = table_spec(columns=COLUMNS, format="parquet", max_reject_rate=0)
    shop, _, _ = load(as_parquet(rows), table)
    assert shop.rows() == with_a_value(rows)


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            ["{n},x,1", '{n},"two\nlines",2', '{n},"a ""b"", c",3', "bad{n},x,1", "{n},x",
             "{n},x,1,more", '{n},"mid"dle,1', '{n},"op{n},1', "{n},\udce9,1"]
        ),
        max_size=25,
    )
)  # fmt: skip
def test_good_rows_arrive_and_accepted_and_rejected_add_up(kinds: list[str]) -> None:
    """Every row is good or bad by itself; none takes another with it, and each has its line."""
    rows = [kind.replace("{n}", str(number)) for number, kind in enumerate(kinds)]
    good = [n for n, kind in enumerate(kinds) if kind in ("{n},x,1", '{n},"two\nlines",2',
                                                          '{n},"a ""b"", c",3')]  # fmt: skip
    content = "a,b,c\n" + "".join(row + "\n" for row in rows)
    shop, accepted, rejected = load(
        content.encode("utf-8", "surrogateescape"), table_spec(max_reject_rate=1)
    )
    assert shop.rows("a") == [(n,) for n in good]
    assert (accepted, accepted + rejected) == (len(good), len(rows))
    starts, line = [], 2
    for row in rows:
        starts.append(line)
        line += row.count("\n") + 1
    bad = [start for number, start in enumerate(starts) if number not in good]
    assert shop.rejects("line") == [(start,) for start in bad]


@settings(max_examples=80)
@given(st.lists(FRAGMENT, max_size=30).map("".join))
def test_no_text_however_broken_is_lost_silently_or_crashes(body: str) -> None:
    """A sentinel row before and after any broken text is either loaded or in the rejects."""
    content = "a,b,c\n901,first,1\n" + body + "\n902,last,1\n"
    shop, accepted, rejected = load(content.encode(), table_spec(max_reject_rate=1))
    texts = " ".join(text or "" for (text,) in shop.rejects("raw_text"))
    loaded = " ".join(f"{a} {b}" for a, b in shop.rows("a, b"))
    assert "901" in loaded
    assert "902" in loaded + texts
    assert len(shop.rows()) == accepted
    assert len(shop.rejects()) == rejected


@settings(max_examples=40)
@given(st.binary(max_size=60), st.sampled_from(["csv", "jsonl", "parquet"]), st.booleans())
def test_any_bytes_give_rows_rejects_or_a_clear_error(
    content: bytes, format: str, after_header: bool
) -> None:
    start = {"csv": b"a,b,c\n", "jsonl": b'{"a": 1, "b": "", "c": 1}\n', "parquet": b"PAR1"}
    data = (start[format] if after_header else b"") + content
    with tempfile.TemporaryDirectory() as folder:
        shop = empty_shop(folder)
        table = table_spec(format=format, max_reject_rate=1)
        path = shop.deliver(data, table.path.replace("{partition}", DAY))
        result = shop.load(table)
    for _, error in result.failures:
        assert str(path) in str(error)
    assert len(shop.rows()) == result.rows


@pytest.mark.parametrize("rows", [0, 1, 2047, 2048, 2049, 30_000])
def test_row_numbers_are_the_positions_in_the_file_at_any_size(rows: int) -> None:
    content = "a,b,c\n" + "".join(f"{n},x,1\n" for n in range(1, rows + 1))
    shop, accepted, _ = load(content.encode(), table_spec())
    assert accepted == rows
    assert shop.query("select count(*) from raw.shop__t where a = _row_number") == [(rows,)]
