"""A home whose versions have a handful of rows, and all that is done to put them in force.

What takes long is done by stand-ins: a build copies the raw rows to a master, and publishes them.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from customer_platform.environment import Environment, version_in_force
from customer_platform.environments import EnvironmentSpec
from customer_platform.project import Project
from customer_platform.promotion import apply as applying
from customer_platform.promotion import carry, plan
from customer_platform.promotion.build import Built, Order
from customer_platform.promotion.landing import Landing
from customer_platform.promotion.plan import Plan
from customer_platform.promotion.released import ChangedFile, fingerprint, records_of
from customer_platform.publishing.catalogue import FILE_NAME
from customer_platform.versions import Versions

SEED = "seeds/decisions.csv"
HEADER = "kind,source,record,author\n"
FIRST, SECOND, THIRD = (f"same,crm,{n},eva\n" for n in "123")

_BUILT = Built((), (), (), 0, ("2026-01-01", "2026-01-02"), (), (), 0, 0.0)
TABLES = ("crm__people", "shop__orders")
_WAREHOUSE, _MASTER = "warehouse.duckdb", "master.people"


def checkout(home: Path) -> Path:
    """The project that is checked out."""
    return home.parent / "checkout"


def target_of(home: Path) -> Environment:
    """The deployment, as a command finds it when it begins."""
    version = version_in_force(home)
    root = version / "project" if version else checkout(home)
    return Environment(
        Project(root, root / "defs", root / "dbt"), "production", home, "retail",
        date(2026, 1, 1), version=version, stated=EnvironmentSpec(keep_versions_days=1),
        checkout=Project(checkout(home), checkout(home) / "defs", checkout(home) / "dbt"),
    )  # fmt: skip


def plan_of(home: Path, name: str) -> Plan:
    """The plan of what is checked out, against version 1."""
    new = fingerprint(checkout(home), {SEED: ()})
    files = (ChangedFile("rules", "changed"),)
    return Plan(
        "production", "retail", 1, "", new, name, None, False, False, None, files, _BUILT, None, ()
    )


def release(home: Path, rules: str, decisions: str) -> None:
    """Checks another project out."""
    seed = checkout(home) / SEED
    seed.parent.mkdir(parents=True, exist_ok=True)
    seed.write_text(HEADER + decisions)
    (checkout(home) / "rules").write_text(rules)


def decide(home: Path, *decisions: str) -> None:
    """Has stewards decide in the version in force: these are their decisions from then on."""
    (target_of(home).project.root / SEED).write_text(HEADER + "".join(decisions))


def land(place: Path, row: str, day: str, loaded_at: str = "2026-01-01") -> None:
    """Lands a row in two tables of a warehouse."""
    with duckdb.connect(str(place / _WAREHOUSE)) as connection:
        for table in TABLES:
            connection.execute(
                f"create schema if not exists raw; create table if not exists raw.{table} "
                "(id varchar, _partition date, _loaded_at timestamp);"
                f"insert into raw.{table} values ('{row}', '{day}', '{loaded_at}')"
            )


def build(target: Environment, place: Path, order: Order, held: object = ()) -> Built:
    """Stands in for a build: what it makes shows the rules, and all rows."""
    rules = (place / "project/rules").read_text()
    published = place / "published"
    published.mkdir(exist_ok=True)
    (place / "logs").mkdir(exist_ok=True)
    (place / "build.json").write_text("{}")
    if order.base is None and not order.everything:
        return _BUILT
    file = published / f"people_{rules}.parquet"
    with duckdb.connect(str(place / _WAREHOUSE)) as connection:
        connection.execute(
            "create schema if not exists master; create or replace table master.people as "
            f"select id, '{rules}' as rules from raw.crm__people order by id;"
            f"copy master.people to '{file}'"
        )
    made = published / "made.duckdb"
    made.unlink(missing_ok=True)
    with duckdb.connect(str(made)) as connection:
        connection.execute(
            "create schema master; create view master.people as "
            f"select * from read_parquet('{file}')"
        )
    made.replace(published / FILE_NAME)
    return _BUILT


def without_versions(home: Path) -> None:
    """Makes a home that has built a row, and has no versions."""
    home.mkdir()
    release(home, "1", FIRST)
    land(home, "early", "2026-01-01")
    (home / "project").symlink_to(checkout(home))
    build(target_of(home), home, Order(None, everything=True))
    (home / "project").unlink()


def two_versions(home: Path) -> Versions:
    """Makes a home whose second version is in force."""
    without_versions(home)
    applying.apply_first(target_of(home), "anna")
    release(home, "2", FIRST)
    applying.apply(target_of(home), plan_of(home, "eva"), "ben")
    return Versions(home)


@contextmanager
def stand_ins() -> Iterator[None]:
    """Has what takes long done by stand-ins."""

    def released(project: Project, business_model: str, folder: Path) -> None:
        shutil.copytree(project.root, folder)

    def decisions(target: Environment) -> dict[str, list[str]]:
        return {SEED: records_of(target.project.root / SEED)}

    with pytest.MonkeyPatch.context() as patch:
        for module in (applying, plan):
            patch.setattr(module, "release_project", released)
        for module in (applying, plan, carry):
            patch.setattr(module, "read_decisions", decisions)
        patch.setattr(carry, "find_landing", lambda *arguments: Landing(frozenset(TABLES)))
        patch.setattr(applying, "build", build)
        patch.setattr(applying, "examine", lambda *arguments: (None, ()))
        patch.setattr(applying, "refuse_more", lambda *arguments: None)
        yield


def state(home: Path) -> dict[str, Any]:
    """All that versions consist of, without the times."""
    versions = Versions(home)
    return {
        "current": versions.current,
        "journal": [(each.action, each.version, each.before) for each in versions.journal()],
        "versions": {each.number: _version_state(versions, each.number) for each in versions.all()},
        "readers": _rows(home / "published" / FILE_NAME, _MASTER),
    }


def _version_state(versions: Versions, number: int) -> dict[str, Any]:
    """What one version consists of."""
    place = versions.place(number)
    held, noted = place / "held_decisions.json", place / "to_build"
    return {
        "decisions": (place / "project" / SEED).read_text(),
        "held": json.loads(held.read_text()) if held.exists() else None,
        "to build": json.loads(noted.read_text()) if noted.exists() else None,
        "tables": _rows(place / _WAREHOUSE, "raw.crm__people", "raw.shop__orders", _MASTER),
        "published": _rows(place / "published" / FILE_NAME, _MASTER),
        "files": sorted(path.relative_to(place).as_posix() for path in place.rglob("*")),
    }


def _rows(path: Path, *tables: str) -> list[list[tuple[Any, ...]]]:
    reader = _reader()
    reader.execute(f"attach '{path}' as other (read_only)")
    try:
        return [
            reader.execute(f"select * from other.{table} order by all").fetchall()
            for table in tables
        ]
    finally:
        reader.execute("detach other")


@cache
def _reader() -> duckdb.DuckDBPyConnection:
    # To attach a file takes a tenth of what it takes to connect to it.
    return duckdb.connect()
