"""What is kept of an erased person: it can be looked for, and not be read."""

import base64
import gzip
import json
import os
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from customer_platform.errors import PrivacyError
from customer_platform.privacy.compaction import clear_text
from customer_platform.privacy.scan import Sought, scan
from customer_platform.privacy.scanning.databases import search_relation
from customer_platform.privacy.scanning.forms import forms
from customer_platform.privacy.scanning.needles import Needles
from customer_platform.privacy.scanning.siphash import hash_pieces, hash_words, words_of
from customer_platform.privacy.secret import Secret

SECRET = Secret(b"the secret of this deployment ..")
EMAIL = "zoë.d'arc@example.com"
PHONE = "+31612345678"
VALUES = [EMAIL, "Tom", PHONE, "1965-05-17", " ", "Johanna de Vries", "4711"]


def kept(folder: Path, *values: str, secret: Secret = SECRET) -> Sought:
    """Values that were written, and read again."""
    path = folder / "kept.sought"
    Sought.of(values, secret).write(path)
    return Sought.read(path, secret)


def test_no_form_of_a_value_is_in_the_file_nor_any_six_bytes_of_one(tmp_path: Path) -> None:
    kept(tmp_path, *VALUES)
    assert scan(tmp_path, VALUES).places == ()
    content = (tmp_path / "kept.sought").read_bytes().lower()
    for written in (each.content.lower() for value in VALUES for each in forms(value)):
        for start in range(len(written) - 5):
            assert written[start : start + 6] not in content


def test_with_another_secret_all_hashes_are_others() -> None:
    one, other = Sought.of(VALUES, SECRET), Sought.of(VALUES, Secret(b"another"))
    for name in ("tag", "other_tag", "whole"):
        assert not set(one.patterns[name]) & set(other.patterns[name])
    for name in ("short", "numbers", "dates"):
        assert not set(getattr(one, name)["tag"]) & set(getattr(other, name)["tag"])
    digests = [{each.tobytes() for each in sought.values} for sought in (one, other)]
    digests += [{each.tobytes() for each in s.patterns["digest"]} for s in (one, other)]
    assert not digests[0] & digests[1]
    assert not digests[2] & digests[3]


@pytest.mark.parametrize(
    "write",
    [
        str.encode,
        lambda text: text.encode("utf-16"),
        lambda text: text.encode().hex().encode(),
        lambda text: base64.b64encode(b"xy" + text.encode()),
        lambda text: json.dumps(text).encode(),
        lambda text: gzip.compress(text.upper().encode()),
    ],
)
def test_what_is_kept_finds_what_the_values_find(
    tmp_path: Path, write: Callable[[str], bytes]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "file").write_bytes(write(f"some words, {EMAIL} and Johanna de Vries, and more"))
    found = scan(home, kept(tmp_path, *VALUES))
    assert {place.value for place in found.places} == {0, 5}
    assert found == scan(home, VALUES)


def test_whole_cells_are_found_with_what_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    texts = pa.table({"a": ["TOM", "Tomas"], "b": ["Tomas", ""]})
    pq.write_table(texts, home / "a.parquet")
    with duckdb.connect(str(home / "a.duckdb")) as connection:
        connection.execute(
            "create table t as select 31612345678 as phone, 31612345678::decimal(18, 2) as exact, "
            "31612345678.5 as another, date '1965-05-17' as born, 4711::hugeint as number"
        )
    with sqlite3.connect(home / "a.db") as sqlite:
        sqlite.execute("create table t (a, b)")
        sqlite.execute("insert into t values ('tom', 'tomas'), (null, 4711)")
    sqlite.close()
    found = scan(home, kept(tmp_path, *VALUES))
    assert {(place.path, place.where, place.value) for place in found.places} == {
        ("a.parquet", "column a", 1),
        ("a.duckdb", "main.t.phone", 2),
        ("a.duckdb", "main.t.exact", 2),
        ("a.duckdb", "main.t.born", 3),
        ("a.duckdb", "main.t.number", 6),
        ("a.db", "t.a", 1),
        ("a.db", "t.b", 6),
    }
    assert found.too_short == (1, 4, 6)


def test_what_only_looks_alike_is_not_found_with_what_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    # In UTF-16, the bytes of Ł and š differ as those of A and a do.
    (home / "a").write_bytes("šukasz".encode("utf-16-le"))
    (home / "b").write_bytes(base64.b64encode(EMAIL.encode()).swapcase())
    (home / "c").write_bytes(b"johanna de vriez, +31612345679")
    assert scan(home, kept(tmp_path, "Łukasz", *VALUES)).places == ()


def test_relations_and_texts_take_what_is_kept(tmp_path: Path) -> None:
    sought = kept(tmp_path, *VALUES)
    with duckdb.connect() as connection:
        connection.execute(
            f"create table t as select 'to {EMAIL.upper()}' as a".replace("'A", "''A")
        )
        assert search_relation(connection, "t", sought) == {0}
    log = tmp_path / "a.log"
    log.write_text(f"{EMAIL} of JOHANNA DE VRIES")
    assert clear_text(log, sought) == 2
    assert log.read_text() == "*** of ***"


@pytest.mark.parametrize("value", ["anna@example.com", "abcdef"])
def test_a_value_is_found_wherever_it_stands(value: str) -> None:
    needles = Needles(Sought.of([value]))
    for size in (0, 2048, 4096):
        for before in range(max(size - 30, 0), size + 30):
            content = b"." * before + value.encode() + b"." * (before % 7)
            [hit] = needles.search(content, needles.none_found())
            assert (hit.start, hit.end) == (before, before + len(value))


# The first example loads the compiled kernels.
@settings(max_examples=50)
@given(
    values=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)),
    around=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
)
def test_what_is_kept_says_what_the_values_say(
    values: list[str], around: str, encoding: str
) -> None:
    assume(any(value.strip() for value in values))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        home.mkdir()
        (home / "file").write_bytes(around.join(values).upper().encode(encoding))
        assert scan(home, kept(Path(folder), *values)) == scan(home, values)


def test_values_are_joined_without_those_that_are_known(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "a.txt").write_text("anna@example.com, bert@example.com, carla@example.com")
    pq.write_table(pa.table({"a": ["tom", "ben"]}), home / "a.parquet")
    first = kept(tmp_path, "anna@example.com", "Tom", "bert@example.com")
    joined = first.joined(kept(tmp_path, "Ben", "bert@example.com", "carla@example.com"))
    assert len(joined) == 5
    found = scan(home, joined)
    assert {place.value for place in found.found} == {0, 1, 2, 3, 4}
    assert found.too_short == (1, 3)
    assert sum(place.value == 2 for place in found.found) == 1


def test_the_file_is_its_owners_alone_and_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "kept.sought"
    path.write_bytes(b"old")
    path.chmod(0o644)
    Sought.of(VALUES, SECRET).write(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["kept.sought"]


def test_another_secret_a_missing_and_a_damaged_file_are_said(tmp_path: Path) -> None:
    path = tmp_path / "kept.sought"
    Sought.of(VALUES, SECRET).write(path)
    with pytest.raises(PrivacyError, match="made with another secret"):
        Sought.read(path, Secret(b"another"))
    with pytest.raises(PrivacyError, match="is missing"):
        Sought.read(tmp_path / "none.sought", SECRET)
    for content in (path.read_bytes()[:-30], b"", b'["anna@example.com"]', path.read_bytes()[:40]):
        path.write_bytes(content)
        with pytest.raises(PrivacyError, match="can't be read"):
            Sought.read(path, SECRET)


def reference(key: bytes, content: bytes, rounds: int, last_rounds: int) -> int:
    """SipHash as its paper defines it."""
    full = (1 << 64) - 1
    first, second = (int.from_bytes(key[at : at + 8], "little") for at in (0, 8))
    v = [
        first ^ 0x736F6D6570736575, second ^ 0x646F72616E646F6D,
        first ^ 0x6C7967656E657261, second ^ 0x7465646279746573,
    ]  # fmt: skip

    def turn(which: int, bits: int) -> None:
        v[which] = ((v[which] << bits) | (v[which] >> (64 - bits))) & full

    def mix(count: int) -> None:
        for _ in range(count):
            for a, b, bits, turned in (
                (0, 1, 13, 0),
                (2, 3, 16, None),
                (0, 3, 21, None),
                (2, 1, 17, 2),
            ):
                v[a] = (v[a] + v[b]) & full
                turn(b, bits)
                v[b] ^= v[a]
                if turned is not None:
                    turn(turned, 32)

    padded = content + bytes(7 - len(content) % 8) + bytes([len(content) % 256])
    for at in range(0, len(padded), 8):
        word = int.from_bytes(padded[at : at + 8], "little")
        v[3] ^= word
        mix(rounds)
        v[0] ^= word
    v[2] ^= 0xFF
    mix(last_rounds)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def test_the_keyed_hash_is_siphash() -> None:
    key, content = bytes(range(16)), bytes(range(15))
    # The test vector of the paper, which is of two and four rounds.
    assert reference(key, content, 2, 4) == 0xA129CA6149BE45E5
    joined = np.frombuffer(b"".join(content[:size] for size in range(16)), dtype=np.uint8)
    bounds = np.cumsum([0, *range(16)])
    hashes = hash_pieces(joined, bounds, *words_of(key)).tolist()
    assert hashes == [reference(key, content[:size], 1, 3) for size in range(16)]
    words = [int.from_bytes(content[:size], "little") | size << 56 for size in range(8)]
    assert hash_words(np.array(words, dtype=np.uint64), *words_of(key)).tolist() == hashes[:8]
