"""What a version is made of: decisions that are carried, contracts, environments, relations."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.environments import EnvironmentSpec, read_environment_spec
from customer_platform.errors import FaultyYamlError
from customer_platform.promotion.contracts import ReadColumns, broken_contracts, narrows
from customer_platform.promotion.relations import relation_effects
from customer_platform.promotion.released import (
    carry_decisions,
    hashed,
    merged,
    records_of,
    remember_decisions,
)
from customer_platform.warehouse.copies import copy_warehouse


def test_a_warehouse_is_copied_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    duckdb.connect(str(path)).execute("create table people as select 1 as id").close()
    copy_warehouse(tmp_path, path, tmp_path / "b.duckdb", wait=0)
    assert (tmp_path / "b.duckdb").read_bytes() == path.read_bytes()


_RECORD = st.sampled_from([f"same,crm,{n},web,{n},eva,2026-01-01,\n" for n in range(6)])
_RECORDS = st.lists(_RECORD, unique=True)


@given(own=_RECORDS, released=_RECORDS, held=_RECORDS, now=_RECORDS)
def test_decisions_made_elsewhere_come_and_those_taken_back_go(
    own: list[str], released: list[str], held: list[str], now: list[str]
) -> None:
    there = merged(own, {*hashed(released)}, {*hashed(held)}, now)
    assert {*there} == ({*own} - ({*held, *released} - {*now})) | ({*now} - {*released})
    assert len(there) == len({*there})


class _Lives:
    """Projects in git and the versions made of them, each a list of decisions."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        self.released: dict[Path, list[str]] = {}
        self.current = self._version([])
        remember_decisions(self.current, [SEED])

    def _version(self, decisions: list[str]) -> Path:
        self.count += 1
        place = self.folder / str(self.count)
        (place / "project").mkdir(parents=True)
        (place / "project" / SEED).write_text("".join(decisions))
        self.released[place] = hashed(decisions)
        return place

    def decided(self, place: Path | None = None) -> list[str]:
        return records_of((place or self.current) / "project" / SEED)

    def decide(self, decisions: list[str]) -> None:
        (self.current / "project" / SEED).write_text("".join(decisions))

    def apply(self, of_project: list[str]) -> Path:
        return self.put_in_force(self._version(of_project))

    def put_in_force(self, place: Path) -> Path:
        before = self.current
        known = {SEED: self.released[before]}
        carry_decisions(place / "project", known, before, {SEED: self.decided()})
        remember_decisions(place, [SEED])
        self.current = place
        return before


SEED = "seed.csv"
ONE, TWO, THREE = (f"same,crm,{n},web,{n},eva,2026-01-01,\n" for n in range(3))


def test_what_stewards_decide_survives_every_version_that_follows(tmp_path: Path) -> None:
    lives = _Lives(tmp_path)
    lives.decide([ONE])
    lives.apply([])
    # Its second change doesn't know of the decision either.
    second = lives.apply([TWO])
    assert lives.decided() == [TWO, ONE]
    third = lives.current
    lives.put_in_force(second)
    # What the change brought is rolled back with it, and comes again with it.
    assert lives.decided() == [ONE]
    lives.decide([ONE, THREE])
    lives.put_in_force(third)
    assert lives.decided() == [TWO, ONE, THREE]


def test_what_stewards_take_back_stays_taken_back(tmp_path: Path) -> None:
    lives = _Lives(tmp_path)
    lives.decide([ONE])
    first = lives.apply([TWO])
    lives.decide([])
    second = lives.current
    lives.put_in_force(first)
    assert lives.decided() == []
    lives.put_in_force(second)
    assert lives.decided() == []
    lives.apply([TWO])
    assert lives.decided() == []


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
        ("production: {}\nproduction: {}\n", r":2:1: the key 'production' is there already"),
        ("production: {approvers: anna}\n", r"approvers should be a list, in brackets"),
        ("test: {sensors: 7}\n", r":1:17: sensors .*7"),
    ],
)
def test_a_fault_in_environments_is_named_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(FaultyYamlError, match=said):
        _spec(tmp_path, text)


def test_a_relation_that_comes_goes_or_changes_is_told(tmp_path: Path) -> None:
    before, after = tmp_path / "before.duckdb", tmp_path / "after.duckdb"
    for path, statements in (
        (before, ["create table raw.a (amount varchar, currency varchar)",
                  "create table master.sales (currency varchar, amount decimal(9, 2), n integer)",
                  "insert into master.sales values ('EUR', 1.5, 1)",
                  "create view staging.v as select 1 as x"]),
        (after, ["create table raw.a (amount varchar, currency varchar)",
                 "create table raw.a__rejected (line integer)",
                 "create table raw.b (id varchar)", "insert into raw.b values ('1'), ('2')",
                 "create table master.sales (currency varchar, amount decimal(9, 2), n bigint)",
                 "insert into master.sales values ('EUR', 1.5, 1), ('USD', 2, 1)"]),
    ):  # fmt: skip
        with duckdb.connect(str(path)) as connection:
            for schema in ("raw", "staging", "master"):
                connection.execute(f"create schema {schema}")
            for statement in statements:
                connection.execute(statement)
    found = {each.name: each for each in relation_effects(before, after)}
    assert {name: each.change for name, each in found.items() if each.is_other} == {
        "raw.b": "new", "master.sales": None, "staging.v": "gone",
    }  # fmt: skip
    assert found.keys() == {"raw.a", "raw.b", "master.sales", "staging.v"}
    assert found["raw.b"].rows == (None, 2)
    sales = found["master.sales"]
    assert sales.amounts == (("EUR", "1.50", "1.50"), ("USD", "0", "2.00"))
    assert sales.retyped == (("n", "INTEGER", "BIGINT"),)
