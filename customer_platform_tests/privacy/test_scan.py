"""The scan that proves that nothing of a person is left."""

import base64
import bz2
import gzip
import html
import io
import json
import lzma
import os
import socket
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from customer_platform.errors import PrivacyError
from customer_platform.privacy import scan as scan_module
from customer_platform.privacy.scan import Place, scan
from customer_platform.privacy.scanning import finder

EMAIL = "zoë.d'arc@example.com"
# Around a value, so that it begins at any place of a base64 group.
OTHER = ["", "x", "xy", "some words before it; "]


def found(folder: Path, *values: str) -> list[tuple[str, str, str, int | None]]:
    places = scan(folder, values).places
    return [(each.path, each.where, each.form, each.value) for each in places]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        ("plain", EMAIL.encode()),
        ("plain", EMAIL.upper().encode()),
        ("plain", "ZoË.d'Arc@Example.COM".encode()),
        ("plain", "zoe\u0308.d'arc@example.com".encode()),
        ("plain", EMAIL.encode("latin-1")),
        ("plain", EMAIL.upper().encode("cp1252")),
        ("UTF-16", EMAIL.encode("utf-16-le")),
        ("UTF-16", EMAIL.upper().encode("utf-16-be")),
        ("hex", EMAIL.encode().hex().encode()),
        ("hex", EMAIL.encode().hex().upper().encode()),
        ("escaped", json.dumps(EMAIL).encode()),
        ("escaped", json.dumps(json.dumps({"a": EMAIL})).encode()),
        ("escaped", json.dumps(EMAIL.upper()).encode()),
        ("escaped", quote(EMAIL).encode()),
        ("escaped", quote(EMAIL, safe="").encode()),
        ("escaped", html.escape(EMAIL).encode()),
        ("escaped", b"select 'zo\xc3\xab.d''arc@example.com'"),
    ],
)
def test_each_form_is_found(tmp_path: Path, form: str, written: bytes) -> None:
    (tmp_path / "file").write_bytes(b"some words " + written + b" and more")
    assert {place.form for place in scan(tmp_path, ["nobody@x.nl", EMAIL]).found} == {form}
    assert {place.value for place in scan(tmp_path, ["nobody@x.nl", EMAIL]).found} == {1}
    assert not scan(tmp_path, ["nobody@x.nl", "zoe.d'arc@example.com"]).found


@pytest.mark.parametrize("before", OTHER)
@pytest.mark.parametrize("value", [EMAIL, EMAIL.upper(), EMAIL.title(), "??>>~~ü"])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_found_wherever_it_begins(
    tmp_path: Path, before: str, value: str, encode: Callable[[bytes], bytes]
) -> None:
    (tmp_path / "file").write_bytes(encode(f"{before}{value}, and more".encode()))
    assert [place[2] for place in found(tmp_path, value)] == ["base64"]


def test_base64_of_another_case_is_another_value(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(base64.b64encode(EMAIL.encode()).swapcase())
    assert not found(tmp_path, EMAIL)


def test_half_of_another_letter_is_no_letter(tmp_path: Path) -> None:
    # In UTF-16, the bytes of Ł and š differ as those of A and a do.
    (tmp_path / "file").write_bytes("šukasz".encode("utf-16-le"))
    assert not found(tmp_path, "Łukasz")
    assert found(tmp_path, "ŠUKASZ")


def test_a_value_across_blocks_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "BLOCK", 16)
    for start in range(40):
        (tmp_path / "file").write_bytes(b"." * start + b"anna@example.com" + b"." * 50)
        assert found(tmp_path, "anna@example.com") == [("file", f"byte {start}", "plain", 0)]


def as_zip(content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", content)
    return stream.getvalue()


def as_zstd(content: bytes) -> bytes:
    return bytes(pa.compress(content, codec="zstd", asbytes=True))


COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": as_zstd,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zip": as_zip,
}
CONTENT = b"id,email\n" + b"1,anna@example.com\n" * 50


@pytest.mark.parametrize("compress", COMPRESSED)
def test_compressed_contents_are_found(tmp_path: Path, compress: str) -> None:
    (tmp_path / "file").write_bytes(COMPRESSED[compress](CONTENT))
    within = "member a.csv, " if compress == "zip" else "contents, "
    assert ("file", f"{within}byte 11", "plain", 0) in found(tmp_path, "anna@example.com")
    assert not found(tmp_path, "hanna@example.com")


@pytest.mark.parametrize("outer", COMPRESSED)
@pytest.mark.parametrize("inner", COMPRESSED)
def test_what_is_compressed_twice_is_found(tmp_path: Path, outer: str, inner: str) -> None:
    (tmp_path / "file").write_bytes(COMPRESSED[outer](COMPRESSED[inner](CONTENT)))
    places = [place[1] for place in found(tmp_path, "anna@example.com")]
    assert any(place.count("contents") + place.count("member") == 2 for place in places)


def test_zstd_frames_one_after_the_other_are_all_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(as_zstd(b"nothing " * 50) + as_zstd(CONTENT))
    assert found(tmp_path, "anna@example.com")


def test_what_is_compressed_without_end_is_no_proof(tmp_path: Path) -> None:
    content = CONTENT
    for _ in range(5):
        content = gzip.compress(content)
    (tmp_path / "file").write_bytes(content)
    [place] = scan(tmp_path, ["anna@example.com"]).unread
    assert "compressed more than 3 times" in place.where


def write_parquet(path: Path, value: str) -> None:
    padding = [f"person number {each}" for each in range(500)]
    pq.write_table(
        pa.table(
            {
                "plain": [*padding, value],
                "listed": [*([each] for each in padding), [None, value]],
                "nested": [*({"a": {"b": each}} for each in padding), {"a": {"b": value}}],
                "bytes": [*(each.encode() for each in padding), value.encode()],
                "category": pa.array([*padding, value]).dictionary_encode(),
            }
        ),
        path,
        compression="zstd",
        write_statistics=False,
    )


def test_columns_of_parquet_are_found(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a[1].parquet", EMAIL)
    names = {f"column {c}" for c in ("plain", "listed", "nested", "bytes", "category")}
    names |= {f"dictionary of {c}" for c in ("plain", "bytes", "category")}
    assert {place[1] for place in found(tmp_path, EMAIL)} == names
    (tmp_path / "b.gz").write_bytes(gzip.compress((tmp_path / "a[1].parquet").read_bytes()))
    (tmp_path / "a[1].parquet").unlink()
    assert {place[1] for place in found(tmp_path, EMAIL)} == {f"contents, {n}" for n in names}


def test_what_only_the_dictionary_of_a_parquet_file_holds_is_found(tmp_path: Path) -> None:
    values = pa.array([f"person number {each}" for each in range(500)] + [EMAIL])
    rows = pa.table({"a": values.dictionary_encode()}).slice(0, 500)
    pq.write_table(rows, tmp_path / "a.parquet", compression="zstd")
    assert found(tmp_path, EMAIL) == [("a.parquet", "dictionary of a", "plain", 0)]


def write_duckdb(path: Path, value: str) -> None:
    quoted = value.replace("'", "''")
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw")
        connection.execute(
            "create table raw.people as select i, case when i = 50000 then ? "
            "else 'person ' || i end as name, {'a': [name]} as nested, encode(name) as bytes, "
            "to_json({'n': name}) as document, map {name: 1} as counted "
            "from range(100000) t(i)",
            [value],
        )
        connection.execute(f"create view him as select '{quoted}' as a")
        connection.execute(f"create macro his() as '{quoted}'")
        connection.execute(f"create type his_type as enum ('{quoted}')")
        connection.execute(f"create table chosen (a varchar default '{quoted}')")
        connection.execute(f"comment on column raw.people.i is '{quoted}'")


def test_columns_and_catalogue_of_duckdb_are_found(tmp_path: Path) -> None:
    write_duckdb(tmp_path / "warehouse.duckdb", EMAIL)
    where = {place[1] for place in found(tmp_path, EMAIL) if not place[1].startswith("byte")}
    columns = {"name", "nested", "bytes", "document", "counted"}
    catalogue = {"tables", "columns", "views", "functions", "types"}
    assert where == {f"raw.people.{c}" for c in columns} | {f"catalogue of {c}" for c in catalogue}
    assert not found(tmp_path, "zoe@example.com")


def test_the_log_of_duckdb_is_found(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("set checkpoint_threshold = '1GB'")
        connection.execute("create table t as select ? as name", [EMAIL])
        content = (tmp_path / "a.duckdb.wal").read_bytes()
    (tmp_path / "a.duckdb").unlink()
    (tmp_path / "a.duckdb.wal").write_bytes(content)
    assert [place[0] for place in found(tmp_path, EMAIL)] == ["a.duckdb.wal"]


def test_a_value_does_not_reach_from_one_row_into_the_next(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create table t as select unnest(['anna@exa', 'mple.com']) as a")
        connection.execute("insert into t select 'x' from range(10000)")
    columns = {place[1] for place in found(tmp_path, "anna@example.com")}
    assert "main.t.a" not in columns
    with sqlite3.connect(tmp_path / "a.db") as sqlite:
        sqlite.execute("create table t (a)")
        sqlite.executemany("insert into t values (?)", [("anna@exa",), ("mple.com",)])
    assert "t.a" not in {place[1] for place in found(tmp_path, "anna@example.com")}


def test_a_value_is_found_behind_many_that_only_look_like_it(tmp_path: Path) -> None:
    rows = ["zxzx"] * 20_000
    pq.write_table(pa.table({"a": rows}), tmp_path / "a.parquet", compression="zstd")
    assert not found(tmp_path, "zxzxzxzx")
    pq.write_table(pa.table({"a": [*rows, "zxzxzxzx"]}), tmp_path / "a.parquet")
    assert "column a" in {place[1] for place in found(tmp_path, "zxzxzxzx")}


def test_each_of_thousands_of_values_is_found(tmp_path: Path) -> None:
    values = [f"person{each}@example.com" for each in range(0, 6000, 2)]
    (tmp_path / "a.txt").write_text("".join(f"person{each}@example.com;" for each in range(3000)))
    result = scan(tmp_path, values)
    assert {place.value for place in result.places} == set(range(1500))


def test_texts_that_sqlite_cuts_into_pages_are_found(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "index.db") as connection:
        connection.execute("create table event_logs (id integer, event)")
        # Somewhere in it a page ends within the value, wherever pages end.
        connection.execute(
            "insert into event_logs values (1, ?)", ["".join(["." * 7, EMAIL] * 2000)]
        )
        connection.execute("insert into event_logs values (31612345678, 'b')")
    connection.close()
    assert ("index.db", "event_logs.event", "plain", 0) in found(tmp_path, EMAIL)
    assert ("index.db", "event_logs.id", "plain", 0) in found(tmp_path, "31612345678")


def test_free_pages_and_logs_of_sqlite_are_found_and_none_is_left_behind(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "index.db")
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma secure_delete = off")
    connection.execute("create table t (a)")
    connection.executemany("insert into t values (?)", [(EMAIL,), ("somebody",)])
    connection.commit()
    assert {place[0] for place in found(tmp_path, EMAIL)} == {"index.db", "index.db-wal"}
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.execute("delete from t where a <> 'somebody'")
    connection.commit()
    connection.close()
    assert [place[1][:4] for place in found(tmp_path, EMAIL)] == ["byte"]
    assert os.listdir(tmp_path) == ["index.db"]


def test_short_values_are_found_whole_and_in_columns_only(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Tom\n")
    pq.write_table(pa.table({"a": ["TOM", "Tomas"], "b": ["Tomas", ""]}), tmp_path / "a.parquet")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create table t as select 4711 as id, 'x' as a")
    with sqlite3.connect(tmp_path / "a.db") as sqlite:
        sqlite.execute("create table t (a, b)")
        sqlite.execute("insert into t values ('tom', 'tomas')")
    sqlite.close()
    result = scan(tmp_path, ["Tom", "4711", " ", "anna@example.com"])
    assert result.too_short == (0, 1, 2)
    assert {(place.path, place.where, place.value) for place in result.places} == {
        ("a.parquet", "column a", 0),
        ("a.duckdb", "main.t.id", 1),
        ("a.db", "t.a", 0),
    }


def test_numbers_and_dates_are_found_in_columns_of_their_type(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute(
            "create table t as select 31612345678 as phone, 612345678.0::double as lost_zero, "
            "date '1980-05-17' as born, timestamp '1980-05-17 10:00:00' as seen "
            "from range(10) union all select i, i, date '1990-01-01', null from range(9999) s(i)"
        )
    result = found(tmp_path, "+31612345678", "0612345678", "1980-05-17")
    assert {place[1:] for place in result} == {
        ("main.t.phone", "plain", 0),
        ("main.t.lost_zero", "plain", 1),
        ("main.t.born", "plain", 2),
        ("main.t.seen", "plain", 2),
    }


def test_names_of_files_and_folders_are_found(tmp_path: Path) -> None:
    (tmp_path / "Anna@Example.com").mkdir()
    (tmp_path / "Anna@Example.com" / "a.txt").touch()
    (tmp_path / "link").symlink_to("/tmp/of anna@example.com")
    assert found(tmp_path, "anna@example.com") == [
        ("Anna@Example.com", "name", "plain", 0),
        ("link", "target of the link", "plain", 0),
    ]


def test_links_are_not_followed_and_sockets_not_read(tmp_path: Path) -> None:
    home, outside = tmp_path / "home", tmp_path / "outside"
    home.mkdir()
    outside.mkdir()
    (outside / "a.txt").write_text("anna@example.com")
    (home / "file").symlink_to(outside / "a.txt")
    (home / "folder").symlink_to(outside)
    (home / "round").symlink_to(home)
    os.mkfifo(home / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(home / "socket"))
        assert scan(home, ["anna@example.com"]).places == ()


def test_what_is_skipped_is_not_looked_into(tmp_path: Path) -> None:
    for name in ("a/x.txt", "b/x.txt", "c.txt", "d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("anna@example.com")
    result = scan(tmp_path, ["anna@example.com"], skip=[Path("a"), tmp_path / "c.txt"])
    assert [place.path for place in result.places] == ["b/x.txt", "d.txt"]
    assert (result.files, result.bytes) == (2, 32)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(b"x" * 9999, mtime=0)[:-9], "EOFError"),
        (b"PAR1 and nothing else", "DuckDB"),
        (b"SQLite format 3\0" + b"x" * 200, "SQLite"),
        (b"12345678DUCK" + b"x" * 20000, "DuckDB"),
        (b"PK\x03\x04 no archive", "BadZipFile"),
        (as_zstd(Random(0).randbytes(9999))[:-9], "damaged"),
    ],
)
def test_a_damaged_file_is_no_proof(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "file").write_bytes(content)
    result = scan(tmp_path, ["anna@example.com"])
    [place] = result.places
    assert place == Place("file", place.where, "unread", None)
    assert place.where.startswith("could not be read: ")
    assert why in place.where
    assert result.unread == (place,)


def test_a_database_in_use_is_no_proof(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("create table t as select 1 as a")
        [place] = scan(tmp_path, ["anna@example.com"]).unread
    assert (place.path, place.where) == (
        "a.duckdb",
        "could not be read: in use, locked by a process",
    )


def test_there_has_to_be_a_folder(tmp_path: Path) -> None:
    with pytest.raises(PrivacyError, match="no such folder"):
        scan(tmp_path / "nowhere", ["anna@example.com"])


def in_sqlite(content: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlite3.connect(f"{folder}/a.db")
        connection.execute("create table t (a)")
        connection.execute("insert into t values (?)", [content])
        connection.commit()
        connection.close()
        return Path(folder, "a.db").read_bytes()


def in_parquet(content: str) -> bytes:
    stream = io.BytesIO()
    table = pa.table({"a": [content, "other"], "b": [["x"], [content, None]]})
    pq.write_table(table, stream, compression="gzip")
    return stream.getvalue()


CONTAINERS: list[Callable[[str], bytes]] = [
    str.encode,
    in_sqlite,
    in_parquet,
    lambda text: text.encode("utf-16"),
    lambda text: text.encode().hex().encode(),
    lambda text: base64.b64encode(text.encode()),
    lambda text: json.dumps([text, {"a": json.dumps(text)}]).encode(),
    lambda text: quote(text).encode(),
    *(lambda text, c=compress: c(text.encode()) for compress in COMPRESSED.values()),
    lambda text: gzip.compress(in_parquet(text)),
]
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


# The first example loads the compiled kernels.


@given(
    before=TEXT,
    value=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=6, max_size=20),
    after=TEXT,
    change=st.sampled_from([str, str.lower, str.upper, str.title]),
    container=st.sampled_from(CONTAINERS),
)
def test_what_is_planted_is_found_and_nothing_else(
    before: str,
    value: str,
    after: str,
    change: Callable[[str], str],
    container: Callable[[str], bytes],
) -> None:
    assume(value.strip())
    other = value[::-1] + "\u2603"
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "file").write_bytes(container(f"{before}{change(value)}{after}"))
        result = scan_module.scan(Path(folder), [other, value])
    assert {place.value for place in result.places} == {1}
