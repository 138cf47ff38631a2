"""Planted values of every kind, in columns of any name: none is in an event, log or message.

Failures are planted, too, as they quote most.
"""

import gzip
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import dagster as dg
import duckdb
import pytest

from customer_platform.components.identity_resolution import IdentityResolution, build_id_map
from customer_platform.components.raw_asset import build_raw_asset, files_of
from customer_platform.environment import Environment
from customer_platform.ingestion import TableSpec
from customer_platform.partitions import range_tags
from customer_platform.warehouse import Warehouse
from customer_platform_tests.support.components import resources
from customer_platform_tests.support.leaks import leaks, write_events

DAY = "2024-01-02"
SECRETS = {
    "name": "Wilhelmina Zylstraqx",
    "email": "qx.zylstra@wvk.example",
    "phone": "+31 6 99887766",
    "date": "1877-03-29",
    "address": "Zwaluwgracht 9981",
    "identifier": "NL91QXZW0417164",
    "free_text": "Qzwv asked for Xyzwq, who is ill",
}

RULES = """
records: identity.people
owner: team:customer-data
record_id: id
updated_at: null
match_keys: {qxw: {column: qxw}}
match_rules: [{name: qxw, match: [qxw]}]
"""


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def _table(format_name: str, names: list[str], declares: bool) -> TableSpec:
    kinds = dict(zip(names, [*SECRETS, "identifier"], strict=True))
    number = names[-1]
    return TableSpec.model_validate(
        {
            "name": "people",
            "path": f"shop/people_{{partition}}.{format_name}",
            "format": format_name,
            "load_mode": "append",
            "primary_key": [names[1]],
            "max_reject_rate": 0.4,
            "columns": {
                name: {
                    "type": "bigint" if name == number else "varchar",
                    **({"personal": kind} if declares else {}),
                }
                for name, kind in kinds.items()
            },
        }
    )


def _write(path: Path, format_name: str, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if format_name == "csv":
        lines = [",".join(rows[0]), *(",".join(f'"{v}"' for v in row.values()) for row in rows)]
    else:
        lines = [json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def _land(
    environment: Environment, instance: dg.DagsterInstance, table: TableSpec
) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [build_raw_asset("shop", "team:shop", "The shop.", table, files_of("shop", table))],
        resources=resources(environment),
        instance=instance,
        tags=range_tags(DAY, DAY),
        raise_on_error=False,
    )


@pytest.mark.parametrize("format_name", ["csv", "jsonl"])
@pytest.mark.parametrize("declares", [True, False])
def test_what_lands_and_what_is_rejected(
    deployment: Environment,
    instance: dg.DagsterInstance,
    capfd: pytest.CaptureFixture[str],
    format_name: str,
    declares: bool,
) -> None:
    random = Random(f"{format_name} {declares}")
    names = ["".join(random.choices("bcdfghjkm", k=8)) for _ in range(len(SECRETS) + 1)]
    good: dict[str, object] = dict(zip(names, [*SECRETS.values(), 7], strict=True))
    other = good | {names[1]: "other@wvk.example"}
    path = deployment.landing / "shop" / f"people_{DAY}.{format_name}"
    table = _table(format_name, names, declares)

    _write(
        path, format_name, [good | {"unexpected": SECRETS["free_text"]}, other | {"unexpected": 1}]
    )
    assert _land(deployment, instance, table).success
    # A key twice, a phone where a number is declared, and all values in a column nobody declared.
    _write(path, format_name, [good, good, other | {names[-1]: SECRETS["phone"]}])
    assert not _land(deployment, instance, table).success
    # No header: its first line is a person.
    path.write_text("\n".join([",".join(SECRETS.values()), "{" + str(SECRETS)]) + "\n")
    assert not _land(deployment, instance, table).success

    write_events(instance, deployment.home)
    said = (deployment.home / "logs" / "events.log").read_text()
    assert "duplicate primary key" in said
    assert "were rejected" in said
    assert (
        leaks(deployment.home, [*SECRETS.values(), "other@wvk.example"], *capfd.readouterr()) == {}
    )


def test_errors_of_the_warehouse_and_names_of_records(
    deployment: Environment, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    identity = IdentityResolution.resolve_from_yaml(RULES)
    with duckdb.connect(str(deployment.warehouse)) as connection:
        connection.execute("create schema identity")
        connection.execute(
            "create table identity.people as select 'web' as source, ? as id, ? as qxw "
            "from range(2)",
            [SECRETS["email"], SECRETS["phone"]],
        )

    @dg.asset
    def casts(warehouse: Warehouse) -> None:
        with warehouse.get_connection() as connection:
            connection.execute("select id::date from identity.people")

    for asset in (build_id_map(identity), casts):
        result = dg.materialize(
            [asset],
            resources=resources(deployment),
            instance=instance,
            raise_on_error=False,
        )
        assert not result.success
    write_events(instance, deployment.home)
    said = (deployment.home / "logs" / "events.log").read_text()
    assert "1 record ids are given more than once: web:***" in said
    assert "invalid date field format" in said
    assert leaks(deployment.home, SECRETS.values(), *capfd.readouterr()) == {}


def test_the_scan_finds_what_is_in_files_databases_and_packed_files(tmp_path: Path) -> None:
    secret = SECRETS["email"]
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "a.log").write_text(f"x{secret}y")
    with gzip.open(tmp_path / "b.gz", "wt") as file:
        file.write(json.dumps([json.dumps(["Zoë Zylstraqx"])]))
    with sqlite3.connect(tmp_path / "c.db") as connection:
        connection.execute("create table t (x)")
        connection.execute("insert into t values (?)", ["-" * 4090 + secret])
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "d.csv").write_text(secret)
    assert leaks(tmp_path, [secret, "Zoë Zylstraqx"], "no", secret) == {
        "b.gz": ["Zoë Zylstraqx"],
        "c.db": [secret],
        "logs/a.log": [secret],
        "printed 1": [secret],
    }
