"""An environment that reads the raw tables of another: what it takes, and that it only reads."""

import hashlib
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import (
    BusyError,
    ForkedHomeError,
    NothingLandedError,
    PrivacyError,
    ProjectError,
)
from customer_platform.ingestion import reading
from customer_platform.ingestion.load import load_partitions
from customer_platform.new_project import create_project
from customer_platform.privacy.requests import Request, record_request
from customer_platform.privacy.retention import retain
from customer_platform.run_lock import running
from customer_platform.versions import Versions
from customer_platform.warehouse.copies import copy_warehouse
from customer_platform_tests.support.ingestion import table_spec

DAYS = ("2026-01-01", "2026-01-02")
TABLE = table_spec(max_reject_rate=1)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """Acceptance, which reads a production that has landed two days."""
    create_project(tmp_path / "shop", "retail")
    (tmp_path / "shop/environments.yaml").write_text(
        f"production: {{home: {tmp_path}/production}}\n"
        f"acceptance: {{home: {tmp_path}/acceptance, reads: production}}\n"
    )
    monkeypatch.chdir(tmp_path / "shop")
    for number, day in enumerate(DAYS):
        _deliver(tmp_path / "production/landing", day, f"{number},x,1.5\nno number,y,2\n")
    _land(tmp_path / "production")
    environment = load_environment({"CUSTOMER_PLATFORM_ENVIRONMENT": "acceptance"})
    environment.home.mkdir()
    return environment


def _deliver(landing: Path, day: str, rows: str) -> None:
    path = landing / f"shop/t/t_{day}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"a,b,c\n{rows}")


def _land(home: Path) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        load_partitions(connection, "shop", TABLE, home / "landing", DAYS)


def _rows(warehouse: Path, table: str = "shop__t") -> list[tuple[str, ...]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(f"select * from raw.{table} order by all").fetchall()


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_it_knows_what_it_reads_and_lands_the_rest_from_there(reader: Environment) -> None:
    assert reader.reads is not None
    assert reader.landing == reader.reads / "landing"
    assert reader.privacy == reader.reads / "privacy"
    again = load_environment(reader.process_variables)
    assert (again.reads, again.landing) == (reader.reads, reader.landing)


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("production: {home: /p}\nacceptance: {reads: acceptance}\n", "which is itself"),
        (
            "test: {home: /t}\nproduction: {home: /p, reads: test}\nacceptance: "
            "{home: /a, reads: production}\n",
            "which reads test: name the environment that its sources land in",
        ),
        ("acceptance: {reads: production}\n", "has the home of the environment that it reads"),
    ],
)
def test_an_environment_that_cannot_be_read_is_refused(
    reader: Environment, stated: str, said: str
) -> None:
    assert reader.checkout is not None
    (reader.checkout.root / "environments.yaml").write_text(stated)
    with pytest.raises(ProjectError, match=said):
        load_environment({"CUSTOMER_PLATFORM_ENVIRONMENT": "acceptance"})


def test_it_starts_as_a_copy_and_goes_its_own_way(reader: Environment) -> None:
    assert reader.reads is not None
    theirs = reader.reads / "warehouse.duckdb"
    before = _hash(theirs)
    reading.start_as_copy(reader)
    assert _rows(reader.warehouse) == _rows(theirs)
    with duckdb.connect(str(reader.warehouse)) as connection:
        connection.execute("delete from raw.shop__t")
    assert not reading.start_as_copy(reader)
    assert _rows(reader.warehouse) == []
    assert _hash(theirs) == before


def test_it_begins_anew_once_somebody_was_erased_there(reader: Environment) -> None:
    assert reader.reads is not None
    reading.start_as_copy(reader)
    (reader.home / "published").mkdir()
    with duckdb.connect(str(reader.warehouse)) as connection:
        connection.execute("create table raw.of_somebody (name varchar)")
    Versions(reader.reads).forget_others()
    with pytest.raises(ForkedHomeError, match="stop what runs here, then `customer-platform run`"):
        reading.other_warehouse(reader)
    with running(reader.home), pytest.raises(BusyError):
        reading.start_as_copy(reader)
    assert _rows(reader.warehouse, "of_somebody") == []
    assert reading.start_as_copy(reader)
    with pytest.raises(duckdb.CatalogException):
        _rows(reader.warehouse, "of_somebody")
    assert not (reader.home / "published").exists()


def test_a_home_with_data_of_its_own_is_no_copy(reader: Environment) -> None:
    with duckdb.connect(str(reader.warehouse)) as connection:
        connection.execute("create table own (id integer)")
    before = _hash(reader.warehouse)
    with pytest.raises(ForkedHomeError, match="has data and customer IDs of its own"):
        reading.start_as_copy(reader)
    assert _hash(reader.warehouse) == before


def test_what_is_kept_no_longer_stays_where_it_has_landed(reader: Environment) -> None:
    declared = declarations_of(reader)
    support = declared.sources["support"]
    tables = [each.model_copy(update={"keep_days": 1}) for each in support.tables]
    kept = replace(
        declared, sources={"support": support.model_copy(update={"tables": tables})}, retention=None
    )
    assert reader.reads is not None
    path = reader.landing / str(vars(tables[0])["path"]).replace("{partition}", "2020-01-01")
    path.parent.mkdir(parents=True)
    path.touch()
    owner = replace(reader, home=reader.reads, reads=None)
    found = []
    for environment in (reader, owner):
        with duckdb.connect(str(environment.warehouse)) as connection:
            today = datetime.now(UTC).date()
            found.append(retain(connection, environment, kept, today, dry_run=False))
        assert path.exists() == (environment is reader)
    assert [[each.what for each in outdated] for outdated in found] == [
        [], [f"landing: support.{tables[0].name}"],
    ]  # fmt: skip


def test_where_nothing_was_built_it_says_so(reader: Environment) -> None:
    assert reader.reads is not None
    (reader.reads / "warehouse.duckdb").unlink()
    with pytest.raises(NothingLandedError, match=r"has built nothing yet.*customer-platform run"):
        reading.start_as_copy(reader)


def test_the_other_warehouse_is_copied_again_once_it_has_changed(reader: Environment) -> None:
    assert reader.reads is not None
    copied = reading.other_warehouse(reader)
    made = copied.stat().st_ino
    assert reading.other_warehouse(reader).stat().st_ino == made
    assert reading.days_of_other(reader) == DAYS
    _deliver(reader.landing, DAYS[1], "7,x,1\n")
    with running(reader.reads):
        _land(reader.reads)
        # A run there is in progress: what was there before serves.
        assert reading.other_warehouse(reader).stat().st_ino == made
    assert _rows(reading.other_warehouse(reader)) == _rows(reader.reads / "warehouse.duckdb")


def test_two_who_begin_at_once_read_one_copy(
    reader: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_slowly(home: Path, source: Path, target: Path, wait: float) -> None:
        copy_warehouse(home, source, target, wait)
        time.sleep(0.1)

    monkeypatch.setattr(reading, "copy_warehouse", copy_slowly)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(reading.other_warehouse, [reader] * 8))
    assert len(set(found)) == 1
    assert reader.reads is not None
    assert _rows(found[0]) == _rows(reader.reads / "warehouse.duckdb")


def test_days_are_taken_with_their_rejected_rows(reader: Environment) -> None:
    other = reading.other_warehouse(reader)
    with duckdb.connect(str(reader.warehouse)) as connection:
        result = reading.copy_partitions(connection, other, "shop", TABLE, DAYS[:1])
        assert result is not None
        [file] = result.files
        assert (file.path, file.partition) == (f"shop/t/t_{DAYS[0]}.csv", DAYS[0])
        assert (file.rows, file.rejected) == (1, 1)
        again = reading.copy_partitions(connection, other, "shop", TABLE, DAYS)
        assert again is not None
        assert (again.rows, again.rejected) == (2, 2)
    for table in ("shop__t", "shop__t__rejected"):
        assert _rows(reader.warehouse, table) == _rows(other, table)


def test_a_day_that_is_gone_there_goes_here(reader: Environment) -> None:
    assert reader.reads is not None
    with duckdb.connect(str(reader.warehouse)) as connection:
        reading.copy_partitions(connection, reading.other_warehouse(reader), "shop", TABLE, DAYS)
    with duckdb.connect(str(reader.reads / "warehouse.duckdb")) as connection:
        connection.execute(f"delete from raw.shop__t where _partition = '{DAYS[0]}'")
    with duckdb.connect(str(reader.warehouse)) as connection:
        reading.copy_partitions(connection, reading.other_warehouse(reader), "shop", TABLE, DAYS)
    assert len(_rows(reader.warehouse)) == 1


def test_what_the_other_does_not_hold_as_declared_is_left_to_landing(reader: Environment) -> None:
    other = reading.other_warehouse(reader)
    columns = {name: each.type for name, each in TABLE.columns.items()}
    more = table_spec(columns={**columns, "d": "varchar"})
    with duckdb.connect(str(reader.warehouse)) as connection:
        assert reading.copy_partitions(connection, other, "shop", more, DAYS) is None
        assert reading.copy_partitions(connection, other, "new", TABLE, DAYS) is None


def test_requests_are_made_where_sources_land(reader: Environment) -> None:
    request = Request("", "erase", datetime.now(UTC), "asked for it", "anna", {}, {}, None, None)
    with pytest.raises(PrivacyError, match=r"reads the raw tables of .*make and carry out"):
        record_request(reader, request)
    assert record_request(replace(reader, reads=None), request).number.startswith("erase-")
