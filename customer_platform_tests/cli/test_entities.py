"""Stewards' commands where a business model resolves buyers and sellers."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner, Result

from customer_platform.cli import main
from customer_platform.environment import load_environment
from customer_platform.identity import (
    Delta,
    ResolutionRules,
    entity_tables,
    read_overrides,
    update_map,
)
from customer_platform.project import Project
from customer_platform.stewardship.decide.overrides_file import HEADER
from customer_platform_tests.identity.similar.stub import keep_compared, weights_between
from customer_platform_tests.support.projects import stand_in

RULES = {
    "record_id": "source_record_id",
    "source": "source",
    "match_keys": {"email": {"column": "email"}, "name": {"column": "name"}},
    "match_rules": [
        {"name": "email", "match": ["email"]},
        {"name": "alike", "similar": {"compare": ["email", "name"], "blocking": [["name"]]}},
    ],
}
BY_NAME = RULES | {"match_rules": [{"name": "name", "match": ["name"]}]}

# The same records, which are other buyers than sellers: source_record_id, email, name.
RECORDS = {
    "buyer": [("1", "a", "jansen"), ("2", "a", "jansen"), ("3", "b", "jansen")],
    "seller": [("1", "a", "x"), ("2", "b", "y"), ("3", "c", "z")],
}


@pytest.fixture(autouse=True)
def marketplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with both maps, the declarations and empty seeds."""
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))
    stand_in(monkeypatch, Project(tmp_path, tmp_path / "defs", tmp_path))
    seeds = tmp_path / "seeds" / "retail"
    seeds.mkdir(parents=True)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        for entity, rows in RECORDS.items():
            path = tmp_path / "defs" / "retail" / "identity" / entity / "defs.yaml"
            path.parent.mkdir(parents=True)
            names = {
                "entity": entity,
                "records": f"identity.{entity}_source_lookup",
                "overrides": f"identity.{entity}_link_overrides",
                "owner": "team:data",
                "updated_at": None,
            }
            path.write_text(
                yaml.safe_dump({"type": "x.IdentityResolution", "attributes": names | RULES})
            )
            (seeds / f"{entity}_link_overrides.csv").write_text(",".join(HEADER) + "\n")
            _resolve(connection, entity, rows)
        connection.execute(
            "create schema master; create table master.transactions as "
            "select 's' as source, unnest(['1', '3']) as buyer_record_id, 'EUR' as currency, "
            "cast(10 as decimal(12, 2)) as amount"
        )
    return seeds


def _resolve(
    connection: duckdb.DuckDBPyConnection, entity: str, rows: list[tuple[str, str, str]]
) -> None:
    records, tables = f"identity.{entity}_source_lookup", entity_tables(entity)
    rules = ResolutionRules.model_validate(RULES)
    connection.execute("create schema if not exists identity")
    connection.execute(
        f"create table {records} (source varchar, source_record_id varchar, email varchar, "
        "name varchar)"
    )
    connection.executemany(f"insert into {records} values ('s', ?, ?, ?)", rows)
    weights = weights_between(("1", "3", 1.0), rule="alike")
    keep_compared(connection, records, rules, weights, tables)
    update_map(connection, Delta(records), rules, tables, datetime(2026, 1, 1))


def _run(command: str, *arguments: str, answers: str = "") -> Result:
    return CliRunner().invoke(main, [command, *arguments], input=answers)


def _rules(folder: Path) -> str:
    path = folder / "new.yaml"
    path.write_text(yaml.safe_dump(BY_NAME))
    return str(path)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("explain", ["--record", "s:1"]),
        ("override", ["--same", "s:1", "s:3", "--reason", "x"]),
        ("review", []),
        ("preview", ["--rules", "{rules}"]),
    ],
)
def test_every_command_asks_which_entity_and_knows_no_other(
    tmp_path: Path, command: str, arguments: list[str]
) -> None:
    arguments = [each.format(rules=_rules(tmp_path)) for each in arguments]
    asked = _run(command, *arguments)
    assert isinstance(asked.exception, SystemExit)
    assert "say which one with --entity" in asked.output
    assert "buyer, seller" in asked.output
    unknown = _run(command, *arguments, "--entity", "byer")
    assert isinstance(unknown.exception, SystemExit)
    assert "did you mean 'buyer'? known: buyer, seller" in unknown.output


def test_an_explanation_is_of_the_entity_that_is_asked_for() -> None:
    buyers = _run("explain", "--entity", "buyer", "--record", "s:1", "--record", "s:2")
    assert "s:1 and s:2 are one buyer: b_" in buyers.output
    sellers = _run("explain", "--entity", "seller", "--record", "s:1", "--record", "s:2")
    assert "s:1 and s:2 are two sellers" in sellers.output
    with duckdb.connect(str(load_environment().warehouse), read_only=True) as connection:
        [(buyer_id,)] = connection.execute(
            "select buyer_id from identity.buyer_id_map where source_record_id = '1'"
        ).fetchall()
    one = _run("explain", "--entity", "buyer", "--id", str(buyer_id))
    assert f"Buyer {buyer_id}: 2 records" in one.output
    assert "customer" not in one.output.lower()
    nobody = _run("explain", "--entity", "seller", "--id", "c_none")
    assert "no seller has or had the ID 'c_none'" in nobody.output


def test_an_override_is_written_into_the_seed_of_its_entity_and_explained_from_its_table(
    marketplace: Path,
) -> None:
    decided = "--same", "s:1", "s:3", "--reason", "moved", "--author", "Eva"
    result = _run("override", "--entity", "buyer", *decided)
    assert result.exit_code == 0, result.output
    seed = marketplace / "buyer_link_overrides.csv"
    assert f"{seed}:2: added: s:1 and s:3 are one buyer (Eva" in result.output
    assert "At the next run s:1 and s:3 become one buyer, b_" in result.output
    assert len(seed.read_text().splitlines()) == 2
    assert len((marketplace / "seller_link_overrides.csv").read_text().splitlines()) == 1
    # What dbt and the next run do with it.
    tables = entity_tables("buyer", "identity.buyer_link_overrides")
    with duckdb.connect(str(load_environment().warehouse)) as connection:
        connection.execute(
            f"create table identity.buyer_link_overrides as from read_csv('{seed}', "
            "all_varchar = true)"
        )
        update_map(
            connection,
            Delta("identity.buyer_source_lookup"),
            ResolutionRules.model_validate(RULES),
            tables,
            datetime(2026, 1, 2),
            overrides=read_overrides(connection, "identity.buyer_link_overrides"),
        )
    explained = _run("explain", "--entity", "buyer", "--record", "s:3")
    assert "override of Eva, 20" in explained.output
    assert ": moved" in explained.output


def test_pairs_are_reviewed_per_entity(marketplace: Path) -> None:
    result = _run("review", "--entity", "seller", "--author", "Eva", answers="d\n")
    assert result.exit_code == 0, result.output
    assert "added: s:1 and s:3 are two sellers (Eva" in result.output
    lines = (marketplace / "seller_link_overrides.csv").read_text().splitlines()
    assert lines[1].startswith("different,s,1,s,3,Eva")
    assert (
        "There is nothing to review."
        not in _run("review", "--entity", "buyer", answers="q\n").output
    )


def test_a_preview_counts_the_entity_and_the_revenue_of_transactions_that_name_its_records(
    tmp_path: Path,
) -> None:
    buyers = _run("preview", "--entity", "buyer", "--rules", _rules(tmp_path))
    assert buyers.exit_code == 0, buyers.output
    assert "With these rules 2 records of 3 (66.67%) get another buyer." in buyers.output
    assert "EUR 10.00 of EUR 20.00 net revenue" in buyers.output
    assert "moves to another buyer" in buyers.output
    sellers = _run("preview", "--entity", "seller", "--rules", _rules(tmp_path))
    assert "every record keeps its seller" in sellers.output
    assert "revenue isn't known" in sellers.output
