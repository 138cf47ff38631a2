"""`customer-platform health`, as somebody at a terminal or a scheduler uses it."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner, Result

from customer_platform.cli import main
from customer_platform.declarations.health import Health
from customer_platform.environment import load_environment
from customer_platform.identity import Delta, entity_tables, update_map
from customer_platform_tests.stewardship.health.shop import RULES, load, of_source, shop
from customer_platform_tests.support.projects import checkout, stand_in

Deploy = Any


@pytest.fixture
def deploy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deploy:
    """Declares members and guests, and makes the maps of both, with a placeholder among them."""
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))
    stand_in(monkeypatch, replace(checkout(), defs=tmp_path / "defs"))
    (tmp_path / "defs" / "retail").mkdir(parents=True)

    def make(**health: Any) -> None:
        records = shop(90)
        for record in of_source(records, "webshop")[:9]:
            record["email_key"] = "info@shop.nl"
        with duckdb.connect(str(load_environment().warehouse)) as connection:
            load(connection, records)
            for entity in ("guest", "member"):
                declared = {
                    **RULES.model_dump(exclude_none=True, exclude_defaults=True),
                    "entity": entity,
                    "owner": "team:data",
                    "records": "lookup",
                    "health": health if entity == "member" else {},
                }
                document = {
                    "type": "customer_platform.components.IdentityResolution",
                    "attributes": declared,
                }
                path = tmp_path / "defs" / "retail" / "identity" / entity / "defs.yaml"
                path.parent.mkdir(parents=True)
                path.write_text(yaml.safe_dump(document))
                tables = entity_tables(entity)
                update_map(connection, Delta("lookup"), RULES, tables, datetime(2026, 1, 1))

    return make


def _health(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["health", *arguments])


def test_figures_bounds_masked_examples_and_what_to_do_are_printed(deploy: Deploy) -> None:
    deploy()
    result = _health("--entity", "member")
    assert result.exit_code == 0, result.output
    said = result.output
    assert "165 records are 84 members, by the run of 2026-01-01 00:00:00 (UTC)" in said
    assert (
        "  ok    given_names            1 member with more than 3 different first names, 1.2%"
        in said
    )
    assert "  WARN  values_of_many_people  email: 1 value shared by more than 6 different" in said
    assert "such as  email *** of 9 people" in said
    assert "bound    No value that identifies is shared by more than 6 different people" in said
    assert "do       When it is a placeholder or a shop's own" in said
    assert "info@shop.nl" not in said
    assert said.splitlines()[-1].endswith(" checks passed, 1 failed.")


def test_values_are_shown_when_asked_for(deploy: Deploy) -> None:
    deploy()
    assert "to ignore it: email,info@shop.nl,shared by" in _health("--unmasked").output


def test_all_entities_are_looked_at_when_none_is_named(deploy: Deploy) -> None:
    deploy()
    said = _health().output
    assert "84 guests, by" in said
    assert "84 members, by" in said


def test_an_error_of_one_entity_is_the_exit_code(deploy: Deploy) -> None:
    deploy(values_of_many_people={"severity": "error"})
    result = _health()
    assert result.exit_code == 1
    assert "  ERROR values_of_many_people" in result.output
    assert _health("--entity", "guest").exit_code == 0


def test_json_has_every_figure_with_its_bound_and_masked_examples(deploy: Deploy) -> None:
    deploy()
    result = _health("--json", "--entity", "member")
    [report] = json.loads(result.output)
    assert (report["entity"], report["records"], report["customers"]) == ("member", 165, 84)
    found = {check["name"]: check for check in report["checks"]}
    people = found["values_of_many_people"]
    assert people["passed"] is False
    assert people["severity"] == Health().values_of_many_people.severity
    assert {figure["subject"]: figure["beyond"] for figure in people["figures"]} == {
        "loyalty_card": False,
        "email": True,
        "phone": False,
    }
    assert "info@shop.nl" not in result.output


def test_bounds_that_are_misspelt_name_the_file(deploy: Deploy) -> None:
    deploy(given_names={"mots": 3})
    result = _health("--entity", "member")
    assert result.exit_code == 1
    assert "member/defs.yaml" in result.output
    assert "mots" in result.output


def test_without_a_map_it_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(tmp_path))
    result = _health()
    assert result.exit_code == 1
    assert "`customer-platform run` builds it" in result.output
