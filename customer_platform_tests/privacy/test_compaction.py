"""Files written again without what was deleted."""

import gzip
import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.errors import PrivacyError
from customer_platform.privacy.compaction import clear_text, compact_sqlite, compact_warehouse
from customer_platform.privacy.scan import scan

EMAIL = "anna.devries@example.com"


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A warehouse of all kinds of things, out of which a person was deleted."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        for statement in (
            # So that what was deleted can be seen.
            "set force_compression = 'uncompressed'",
            "create schema raw",
            "create sequence numbers",
            "create type colour as enum ('red', 'blue')",
            "create table raw.people (id bigint primary key default nextval('numbers'), "
            "name varchar not null check (name <> ''), twice bigint generated always as (id * 2), "
            "colour colour default 'red')",
            "insert into raw.people (name) select 'person ' || (i * 7919 % 100000) "
            "from range(100000) t(i)",
            f"insert into raw.people (name) values ('{EMAIL}')",
            "create index by_name on raw.people (name)",
            "comment on column raw.people.name is 'a name'",
            "comment on table raw.people is 'people'",
            "create macro greeting(name) as 'hello ' || name",
            "create macro first_people(number) as table select * from raw.people limit number",
            "create view z as select id, greeting(name) as greeting from raw.people",
            "create view a as select greeting from z where id < 10",
            "create table empty (a int[], b struct(c varchar), d map(varchar, int))",
            "checkpoint",
            f"delete from raw.people where name = '{EMAIL}'",
        ):
            connection.execute(statement)
    return path


def test_what_was_deleted_is_gone_and_all_else_is_there(warehouse: Path) -> None:
    assert EMAIL.encode() in warehouse.read_bytes()
    warehouse.chmod(0o640)
    with duckdb.connect(str(warehouse)) as connection:
        rows = connection.execute("from raw.people").fetchall()
        connection.execute("create table filler as select random() from range(1000000)")
        connection.execute("drop table filler")
    size = warehouse.stat().st_size
    assert compact_warehouse(warehouse) == size - warehouse.stat().st_size > 0
    assert EMAIL.encode() not in warehouse.read_bytes()
    assert os.listdir(warehouse.parent) == [warehouse.name]
    assert warehouse.stat().st_mode & 0o777 == 0o640
    with duckdb.connect(str(warehouse)) as connection:
        assert connection.execute("from raw.people").fetchall() == rows
        assert connection.execute("select count(*), min(greeting) from a").fetchall() == [
            (9, "hello person 0")
        ]
        assert connection.execute("select count(*) from first_people(3)").fetchall() == [(3,)]
        connection.execute("insert into raw.people (name) values ('new')")
        assert connection.execute("from raw.people where name = 'new'").fetchall() == [
            (100_002, "new", 200_004, "red")
        ]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("insert into raw.people (id, name) values (1, 'again')")


def test_what_is_in_the_log_alone_is_copied_and_the_log_goes(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    script = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]);"
        "c.execute('create table t as select range as a from range(5)'); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    assert path.with_name("warehouse.duckdb.wal").exists()
    compact_warehouse(path)
    assert os.listdir(tmp_path) == [path.name]
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute("select count(*) from t").fetchall() == [(5,)]


def test_a_warehouse_in_use_is_left(warehouse: Path) -> None:
    before = warehouse.read_bytes()
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(PrivacyError, match=r"can't be compacted: .*lock"):
            compact_warehouse(warehouse)
        process.communicate("\n")
    assert warehouse.read_bytes() == before
    assert os.listdir(warehouse.parent) == [warehouse.name]


def test_who_reads_a_warehouse_reads_on(warehouse: Path) -> None:
    script = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True);"
        "print(1, flush=True); input();"
        "print(c.execute('select count(*) from raw.people').fetchall())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        compact_warehouse(warehouse)
        assert "100000" in process.communicate("\n")[0]
    assert EMAIL.encode() not in warehouse.read_bytes()


@pytest.mark.parametrize("moment", ["like", "_check_same", "put_in_place"])
def test_a_warehouse_is_whole_wherever_the_process_is_killed(warehouse: Path, moment: str) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path;"
        "from customer_platform.privacy import compaction;"
        f"compaction.{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"
        "compaction.compact_warehouse(Path(sys.argv[1]))"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(warehouse)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(os.listdir(warehouse.parent)) > 1
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from raw.people").fetchall() == [(100_000,)]
    compact_warehouse(warehouse)
    assert os.listdir(warehouse.parent) == [warehouse.name]
    assert EMAIL.encode() not in warehouse.read_bytes()


def test_a_warehouse_that_can_not_be_copied_is_left(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create table t (a int, b int default length(greeting('x')))")
    before = warehouse.read_bytes()
    with pytest.raises(PrivacyError, match=r"can't be compacted: .*greeting"):
        compact_warehouse(warehouse)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        assert connection.execute("select count(*) from raw.people").fetchall() == [(100_000,)]
    assert len(warehouse.read_bytes()) == len(before)
    assert os.listdir(warehouse.parent) == [warehouse.name]


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_free_pages_of_sqlite_go(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "index.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"pragma journal_mode = {mode}")
    connection.execute("pragma secure_delete = off")
    connection.execute("create table t (a)")
    connection.executemany("insert into t values (?)", [(f"{EMAIL} {'x' * 500}",)] * 100)
    connection.execute("insert into t values ('somebody')")
    connection.execute("delete from t where a <> 'somebody'")
    assert scan(tmp_path, [EMAIL]).found
    # Another connection is open, and reads nothing now.
    assert compact_sqlite(path) > 0
    assert not scan(tmp_path, [EMAIL]).found
    assert connection.execute("select a from t").fetchall() == [("somebody",)]
    connection.close()


def test_a_sqlite_file_in_use_says_so(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma journal_mode = wal")
    connection.execute("create table t (a)")
    connection.execute("begin")
    connection.execute("select * from t").fetchall()
    connection.execute("insert into t values (1)")
    with pytest.raises(PrivacyError, match="locked"):
        compact_sqlite(path)
    connection.execute("rollback")
    connection.execute("begin")
    connection.execute("select * from t").fetchall()
    with pytest.raises(PrivacyError, match=r"in use|locked"):
        compact_sqlite(path)
    connection.close()


def test_values_in_text_are_replaced_in_every_form(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    texts = [
        EMAIL,
        EMAIL.upper(),
        json.dumps("zoë@example.com"),
        EMAIL.encode().hex(),
        "ZOË@example.com",
    ]
    path.write_text("\n".join(["first", *texts, "last, annas@example.com"]))
    path.chmod(0o600)
    os.utime(path, ns=(1, 5))
    assert clear_text(path, [EMAIL, "zoë@example.com", "no"]) == 5
    assert path.read_text() == 'first\n***\n***\n"***"\n***\n***\nlast, annas@example.com'
    assert path.stat().st_mtime_ns == 5
    assert os.listdir(tmp_path) == ["a.log"]
    before = path.stat().st_ino
    assert clear_text(path, [EMAIL]) == 0
    assert path.stat().st_ino == before


def test_values_in_utf_16_are_replaced_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for encoding in ("utf-16-le", "utf-16-be"):
        path.write_bytes(f"a;{EMAIL};b".encode(encoding))
        assert clear_text(path, [EMAIL]) == 1
        assert path.read_bytes().decode(encoding) == "a;***;b"


def test_what_is_no_text_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(gzip.compress(EMAIL.encode()))
    with pytest.raises(PrivacyError, match="no text"):
        clear_text(path, [EMAIL])


@given(
    parts=st.lists(st.sampled_from(["abcdef", "ABCDEF", "cdefgh", "\n", "é", " ab", "cd", "ef"])),
)
def test_no_value_is_left_in_a_text_whatever_stood_around_it(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("texts")
    (folder / "a.html").write_text("".join(parts))
    clear_text(folder / "a.html", ["abcdef", "cdefgh"])
    assert not scan(folder, ["abcdef", "cdefgh"]).places
