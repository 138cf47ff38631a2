"""Raw tables of a version follow those of the one in force, as far as both land them alike."""

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from customer_platform.cli.promotion import tell_sensors
from customer_platform.declarations import Declarations
from customer_platform.environment import Environment
from customer_platform.ingestion import SourceSpec
from customer_platform.promotion import apply as applying
from customer_platform.promotion import carry
from customer_platform.promotion.build import Built
from customer_platform.promotion.days import Days, days_to_build, land_ranges
from customer_platform.promotion.landing import Landing, landed_tables
from customer_platform.promotion.raw import copy_raw
from customer_platform_tests.support.small_home import (
    TABLES,
    Order,
    build,
    land,
    plan_of,
    stand_ins,
    target_of,
    two_versions,
)

PEOPLE = "crm__people"
ALIKE = Landing(frozenset({PEOPLE}))
OLD, PARTED, NEW = "2026-01-02 01:00", datetime(2026, 1, 4), "2026-01-05 01:00"

Row = tuple[str, str, str]


def _warehouse(path: Path, rows: list[Row], kind: str = "varchar", table: str = PEOPLE) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create schema if not exists raw; "
            f"create table raw.{table} (id {kind}, _partition date, _loaded_at timestamp)"
        )
        for row in rows:
            connection.execute(f"insert into raw.{table} values (?, ?, ?)", row)
    return path


def _rows(path: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(path)) as connection:
        return connection.execute(
            f"select id::varchar, _partition::varchar from raw.{PEOPLE} order by all"
        ).fetchall()


def _copy(ours: Path, theirs: Path, landing: Landing = ALIKE, landed: datetime = PARTED) -> Days:
    told: list[Days] = []
    with duckdb.connect(str(ours)) as connection:
        copy_raw(connection, theirs, landing, PARTED, landed, told.append)
    found = Days()
    for each in told:
        found |= each
    return found


def test_raw_tables_follow_by_the_days_that_landed_since(tmp_path: Path) -> None:
    ours = _warehouse(tmp_path / "a.duckdb", [("1", "2026-01-01", OLD), ("2", "2026-01-02", OLD)])
    landed = [
        ("1b", "2026-01-01", NEW),
        ("2b", "2026-01-02", "2026-01-02 02:00"),
        ("3", "2026-01-03", NEW),
    ]
    theirs = _warehouse(tmp_path / "b.duckdb", landed)
    assert _copy(ours, theirs) == Days({PEOPLE: {"2026-01-01", "2026-01-03"}})
    assert _copy(ours, theirs) == Days()
    assert _rows(ours) == [("1b", "2026-01-01"), ("2", "2026-01-02"), ("3", "2026-01-03")]


def test_a_day_goes_if_it_was_there_when_the_versions_parted(tmp_path: Path) -> None:
    held = [("gone there", "2026-01-01", OLD), ("never was there", "2026-01-02", NEW)]
    ours = _warehouse(tmp_path / "a.duckdb", held)
    theirs = _warehouse(tmp_path / "b.duckdb", [("3", "2026-01-03", OLD)])
    assert _copy(ours, theirs) == Days({PEOPLE: {"2026-01-01"}})
    assert _rows(ours) == [("never was there", "2026-01-02")]


def test_a_table_of_this_version_alone_keeps_its_days(tmp_path: Path) -> None:
    ours = _warehouse(tmp_path / "a.duckdb", [("1", "2026-01-01", OLD)])
    absent = _warehouse(tmp_path / "b.duckdb", [], table="shop__orders")
    assert _copy(ours, absent) == Days()
    emptied = _warehouse(tmp_path / "c.duckdb", [])
    declared = frozenset({PEOPLE})
    assert _copy(ours, emptied, Landing(declared, alone=declared)) == Days()
    assert _rows(ours) == [("1", "2026-01-01")]


def test_days_of_a_table_of_other_types_or_columns_are_to_be_landed(tmp_path: Path) -> None:
    landed = [("n/a", "2026-01-01", OLD), ("n/a", "2026-01-02", NEW), ("n/a", "2026-01-03", NEW)]
    theirs = _warehouse(tmp_path / "b.duckdb", landed)
    to_land = Days(to_land={PEOPLE: {"2026-01-02", "2026-01-03"}})
    retyped = _warehouse(tmp_path / "a.duckdb", [("1", "2026-01-01", OLD)], "integer")
    assert _copy(retyped, theirs) == to_land
    wider = _warehouse(tmp_path / "c.duckdb", [("1", "2026-01-01", OLD)])
    with duckdb.connect(str(wider)) as connection:
        connection.execute(f"alter table raw.{PEOPLE} add column city varchar")
        connection.execute(
            f"insert into raw.{PEOPLE} values ('2', '2026-01-02', '2026-01-05 02:00', 'Rome')"
        )
    # One that has landed here since is there.
    assert _copy(wider, theirs) == Days(to_land={PEOPLE: {"2026-01-03"}})
    absent = _warehouse(tmp_path / "d.duckdb", [], table="shop__orders")
    assert _copy(absent, theirs) == to_land
    assert _copy(absent, theirs, landed=datetime(2026, 1, 6)) == Days()
    # What isn't declared here can't be landed.
    assert _copy(retyped, theirs, Landing(frozenset())) == Days()
    assert _rows(retyped) == [("1", "2026-01-01")]


def test_days_of_a_table_that_is_declared_otherwise_are_to_be_landed(tmp_path: Path) -> None:
    ours = _warehouse(tmp_path / "a.duckdb", [("1", "2026-01-01", OLD)])
    theirs = _warehouse(tmp_path / "b.duckdb", [("3", "2026-01-02", NEW)])
    otherwise = Landing(frozenset({PEOPLE}), otherwise=frozenset({PEOPLE}))
    assert _copy(ours, theirs, otherwise) == Days(to_land={PEOPLE: {"2026-01-02"}})
    assert _rows(ours) == [("1", "2026-01-01")]


def _declared(**options: object) -> Declarations:
    table = {
        "name": "people", "path": "crm/people_{partition}.csv", "load_mode": "append",
        "format": "csv",
        "columns": {"id": "bigint", "born": {"type": "date", "personal": "date"}},
    }  # fmt: skip
    source = SourceSpec.model_validate(
        {"source": "crm", "owner": "team:crm", "description": "CRM", "tables": [table | options]}
    )
    return Declarations(Path(), {"crm": source})


def test_tables_are_alike_when_their_rows_are() -> None:
    plain = landed_tables(_declared())
    assert plain.keys() == {PEOPLE}
    assert landed_tables(_declared(description="People.", keep_days=9)) == plain
    assert landed_tables(_declared(columns={"id": "bigint"})) != plain
    assert landed_tables(_declared(load_mode="snapshot")) != plain


def test_the_days_to_land_and_no_others_are_landed() -> None:
    to_land = {
        "a": {"2026-01-31", "2026-02-01", "2026-02-03"},
        "b": {"2026-02-03", "2026-02-04"},
    }
    assert land_ranges(to_land) == [
        ("2026-01-31", "2026-02-01", ["a"]),
        ("2026-02-03", "2026-02-03", ["a", "b"]),
        ("2026-02-04", "2026-02-04", ["b"]),
    ]


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat()


def test_a_version_lands_again_what_it_declares_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, late = tmp_path / "home", "2026-01-02"
    ordered: list[Order] = []

    def record(target: Environment, place: Path, order: Order, held: object = ()) -> Built:
        ordered.append(order)
        return build(target, place, order, held)

    with stand_ins():
        versions = two_versions(home)
        otherwise = Landing(frozenset(TABLES), otherwise=frozenset({PEOPLE}))
        monkeypatch.setattr(carry, "find_landing", lambda *arguments: otherwise)
        monkeypatch.setattr(applying, "build", record)
        land(home / "versions/2", "n/a", late, _now())
        found = applying.roll_back(target_of(home), None, "ben")
        # In seconds: nothing is built.
        assert (found, ordered) == (Days({"shop__orders": {late}}, {PEOPLE: {late}}), [])
        assert _rows(versions.place(1) / "warehouse.duckdb") == [("early", "2026-01-01")]
        land(home / "versions/1", "5", late, _now())
        applying.apply(target_of(home), plan_of(home, "eva"), "ben")
    # Landing it once is enough, whatever comes of it.
    [order] = ordered
    assert (order.land, order.everything) == ({PEOPLE: [late]}, True)
    assert versions.current == 2


def test_a_table_of_the_new_version_alone_lands_the_days_that_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, late = tmp_path / "home", "2026-01-02"
    with stand_ins():
        versions = two_versions(home)
        alone = Landing(frozenset({*TABLES, "new__leads"}), alone=frozenset({"new__leads"}))
        monkeypatch.setattr(carry, "find_landing", lambda *arguments: alone)
        assert carry.carry(target_of(home), versions, versions.read(1)) == Days()
        land(home / "versions/2", "late", late, "2100-01-01")
        found = carry.carry(target_of(home), versions, versions.read(1))
    assert found == Days({each: {late} for each in TABLES}, {"new__leads": {late}})
    assert days_to_build(versions.place(1)) == found


def test_sensors_are_told_only_of_days_that_are_in_the_raw_tables() -> None:
    with dg.instance_for_test() as instance:
        tell_sensors(Days({PEOPLE: {"2026-01-02"}}, {"shop__orders": {"2026-01-02"}}))
        told = {
            table: instance.get_materialized_partitions(dg.AssetKey(["raw", table]))
            for table in TABLES
        }
    assert told == {PEOPLE: {"2026-01-02"}, "shop__orders": set()}
