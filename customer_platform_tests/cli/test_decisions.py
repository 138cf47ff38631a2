"""`customer-platform decisions`, and how `override` gets along with the store."""

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from customer_platform.cli import main
from customer_platform.environment import load_environment
from customer_platform.stewardship.decide.overrides_file import HEADER
from customer_platform.stewardship.decisions_store import NewDecision, open_decisions
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.cli.stewarded import build_map
from customer_platform_tests.support.projects import checkout, stand_in

ANN, BEA = RecordName("crm", "1"), RecordName("crm", "3")


@pytest.fixture
def seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The seed of a home with a map, and nothing decided."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(home))
    build_map(home)
    path = tmp_path / "seeds" / "retail" / "link_overrides.csv"
    path.parent.mkdir(parents=True)
    path.write_text(",".join(HEADER) + "\n")
    stand_in(monkeypatch, replace(checkout(), dbt=tmp_path))
    return path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def _decide(kind: str) -> None:
    store = open_decisions(load_environment(), "customer")
    store.decide([NewDecision(kind, ANN, BEA, "one counter")], "Eva")


def test_decisions_are_listed_and_withdrawn(seed: Path) -> None:
    assert "There is no decision in the store." in _run("decisions", "list").output
    _decide("same")
    assert "1. crm:1 and crm:3 are one customer (Eva, " in _run("decisions", "list").output
    gone = _run("decisions", "withdraw", "1", "--reason", "two", "--author", "Tom")
    assert "decision 1: withdrawn" in gone.output
    assert "no decision in the store" in _run("decisions", "list").output
    assert "withdrawn by Tom, " in _run("decisions", "list", "--all").output


def test_decisions_go_out_and_come_in(seed: Path, tmp_path: Path) -> None:
    _decide("same")
    path = tmp_path / "decisions.csv"
    assert f"{path}: 1 decision" in _run("decisions", "export", str(path)).output
    assert "0 of 1 added" in _run("decisions", "import", str(path)).output
    _run("decisions", "withdraw", "1", "--reason", "to be carried")
    assert "1 of 1 added" in _run("decisions", "import", str(path)).output
    assert _run("decisions", "export", "-").output == path.read_text()


def test_an_import_that_contradicts_the_seed_is_refused(seed: Path, tmp_path: Path) -> None:
    _run("override", "--different", "crm:1", "crm:3", "--reason", "two")
    path = tmp_path / "decisions.csv"
    path.write_text(",".join(HEADER) + "\nsame,crm,1,crm,3,Eva,2026-01-01,\n")
    refused = _run("decisions", "import", str(path))
    assert refused.exit_code == 1
    assert "link_overrides.csv:2" in refused.output


def test_an_override_that_contradicts_the_store_is_refused(seed: Path) -> None:
    _decide("same")
    refused = _run("override", "--different", "crm:1", "crm:3", "--reason", "two")
    assert refused.exit_code == 1
    assert "decision 1: crm:1 and crm:3 are one customer" in refused.output
    assert "customer-platform decisions withdraw" in refused.output
    assert seed.read_text().count("\n") == 1


def test_the_effect_of_an_override_counts_what_the_store_holds(seed: Path) -> None:
    _decide("same")
    told = _run("override", "--same", "crm:3", "crm:4", "--reason", "moved")
    assert told.exit_code == 0
    # With the decision of the store, the records of three customers become one.
    assert "2 records of" in told.output
