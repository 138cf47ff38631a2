"""What a version is made of: raw tables that follow, decisions that are carried, contracts."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.environments import EnvironmentSpec, read_environment_spec
from customer_platform.errors import FaultyYamlError
from customer_platform.promotion.contracts import ReadColumns, broken_contracts, narrows
from customer_platform.promotion.copies import copy_warehouse
from customer_platform.promotion.raw import copy_raw
from customer_platform.promotion.released import carry_decisions, hashed, records_of

TABLE = (
    "create schema if not exists raw; create table raw.crm__people "
    "(id varchar, _partition date, _loaded_at timestamp)"
)


def _warehouse(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLE)
        for row in rows:
            connection.execute("insert into raw.crm__people values (?, ?, ?)", row)
    return path


def _rows(path: Path) -> list[tuple[str, str]]:
    with duckdb.connect(str(path)) as connection:
        return connection.execute(
            "select id, _partition::varchar from raw.crm__people order by all"
        ).fetchall()


def test_raw_tables_follow_by_the_days_that_landed_since(tmp_path: Path) -> None:
    old, since_then = "2026-01-02 01:00", "2026-01-05 01:00"
    ours = _warehouse(tmp_path / "a.duckdb", [("1", "2026-01-01", old), ("2", "2026-01-02", old)])
    landed = [
        ("1b", "2026-01-01", since_then),
        ("2b", "2026-01-02", "2026-01-02 02:00"),
        ("3", "2026-01-03", since_then),
    ]
    theirs = _warehouse(tmp_path / "b.duckdb", landed)
    told: set[str] = set()
    with duckdb.connect(str(ours)) as connection:
        since = datetime(2026, 1, 4)
        found = copy_raw(connection, theirs, since, told.update)
        assert found == {"crm__people": {"2026-01-01", "2026-01-03"}} == {"crm__people": told}
        assert copy_raw(connection, theirs, since) == {}
    assert _rows(ours) == [("1b", "2026-01-01"), ("2", "2026-01-02"), ("3", "2026-01-03")]
    with duckdb.connect(str(ours)) as connection:
        assert copy_raw(connection, theirs) == {"crm__people": {"2026-01-02"}}
    assert _rows(ours) == _rows(theirs)


def test_a_day_that_is_gone_there_goes_and_a_column_that_is_new_comes(tmp_path: Path) -> None:
    ours = _warehouse(tmp_path / "a.duckdb", [("1", "2026-01-01", "2026-01-01 01:00")])
    theirs = _warehouse(tmp_path / "b.duckdb", [("2", "2026-01-02", "2026-01-02 01:00")])
    with duckdb.connect(str(theirs)) as connection:
        connection.execute("alter table raw.crm__people add column city varchar default 'Rome'")
    with duckdb.connect(str(ours)) as connection:
        copy_raw(connection, theirs)
        rows = connection.execute("select id, city from raw.crm__people").fetchall()
    assert rows == [("2", "Rome")]


def test_a_warehouse_is_copied_as_it_is(tmp_path: Path) -> None:
    path = _warehouse(tmp_path / "a.duckdb", [("1", "2026-01-01", "2026-01-01 01:00")])
    copy_warehouse(tmp_path, path, tmp_path / "b.duckdb", wait=0)
    assert (tmp_path / "b.duckdb").read_bytes() == path.read_bytes()


_RECORD = st.sampled_from([f"same,crm,{n},web,{n},eva,2026-01-01,\n" for n in range(6)])
_RECORDS = st.lists(_RECORD, unique=True)


@given(known=_RECORDS, own=_RECORDS, elsewhere=_RECORDS)
def test_decisions_made_elsewhere_come_and_those_taken_back_go(
    tmp_path_factory: pytest.TempPathFactory,
    known: list[str],
    own: list[str],
    elsewhere: list[str],
) -> None:
    root = tmp_path_factory.mktemp("project")
    (root / "seed.csv").write_text("".join(own))
    carry_decisions(root, {"seed.csv": hashed(known)}, {"seed.csv": elsewhere})
    there = {*records_of(root / "seed.csv")}
    assert there == ({*own} - ({*known} - {*elsewhere})) | ({*elsewhere} - {*known})


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("INTEGER", "BIGINT", False),
        ("BIGINT", "INTEGER", True),
        ("DECIMAL(18,2)", "DECIMAL(20,4)", False),
        ("DECIMAL(18,2)", "DECIMAL(18,4)", True),
        ("DECIMAL(18,2)", "DECIMAL(20,1)", True),
        ("DATE", "TIMESTAMP", False),
        ("TIMESTAMP", "DATE", True),
        ("VARCHAR", "INTEGER", True),
    ],
)
def test_a_type_narrows_when_values_may_not_fit(before: str, after: str, expected: bool) -> None:
    assert narrows(before, after) is expected


def test_a_contract_breaks_where_somebody_reads_what_is_gone() -> None:
    before = ReadColumns(
        {"staging.a": {"id": "VARCHAR", "n": "BIGINT"}, "master.c": {"id": "VARCHAR"},
         "master.free": {"id": "VARCHAR"}},
        {"staging.a": ("lookup",), "master.c": ("analysts, as it is published",)},
    )  # fmt: skip
    after = ReadColumns({"staging.a": {"n": "INTEGER"}}, {"staging.a": ("lookup",)})
    assert [(each.what, each.readers) for each in broken_contracts(before, after)] == [
        ("master.c is removed", ("analysts, as it is published",)),
        ("staging.a.id is removed", ("lookup",)),
        ("staging.a.n narrows from BIGINT to INTEGER", ("lookup",)),
    ]
    assert broken_contracts(before, before) == ()


def _spec(folder: Path, text: str, name: str = "production") -> EnvironmentSpec:
    (folder / "environments.yaml").write_text(text)
    return read_environment_spec(folder, name)


def test_an_environment_without_a_file_is_as_it_always_was(tmp_path: Path) -> None:
    assert read_environment_spec(tmp_path, "production") == EnvironmentSpec()


def test_an_environment_is_read_with_the_variables_of_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODUCTION_HOME", "/srv/home")
    text = (
        'production: {home: "{{ env.PRODUCTION_HOME }}", approvers: [anna]}\n'
        'acceptance: {home: "{{ env.NOT_SET_HERE }}"}\n'
    )
    assert _spec(tmp_path, text) == EnvironmentSpec(home="/srv/home", approvers=("anna",))
    with pytest.raises(FaultyYamlError, match=r"environments.yaml:2:.*NOT_SET_HERE"):
        _spec(tmp_path, text, "acceptance")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("staging: {}\n", r"environments.yaml:1:\d+: there is no environment 'staging'"),
        ("production: {hom: /srv}\n", r"environments.yaml:1:\d+: unknown key 'hom'.*home"),
        ("production: {tolerance: 2}\n", r"tolerance"),
        ("production: [\n", r"this is no YAML"),
        ("- production\n", r"write one mapping"),
    ],
)
def test_a_fault_in_environments_is_named_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(FaultyYamlError, match=said):
        _spec(tmp_path, text)
