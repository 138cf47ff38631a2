"""`customer-platform review`, as a steward at a terminal uses it."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from customer_platform.cli import main
from customer_platform.stewardship.decide.overrides_file import HEADER
from customer_platform_tests.cli.stewarded import build_map
from customer_platform_tests.identity.similar.stub import weights_between
from customer_platform_tests.support.projects import checkout, stand_in


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a warehouse."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("CUSTOMER_PLATFORM_HOME", str(folder))
    return folder


@pytest.fixture
def seed(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The seed, and a map with the pairs 1 - 3 and 3 - 4 to be reviewed, in this order."""
    weights = weights_between(("1", "3", 2.0), ("3", "4", 1.0), rule="similar_person", source="crm")
    build_map(home, weights)
    path = home / "seeds" / "retail" / "link_overrides.csv"
    path.parent.mkdir(parents=True)
    path.write_text(",".join(HEADER) + "\n")
    stand_in(monkeypatch, replace(checkout(), dbt=home))
    return path


def review(answers: str, *arguments: str) -> Result:
    given = "".join(f"{answer}\n" for answer in answers)
    return CliRunner().invoke(main, ["review", "--author", "Eva", *arguments], input=given)


def decisions(seed: Path) -> list[str]:
    return seed.read_text().splitlines()[1:]


def test_decisions_are_written_in_the_order_of_their_value_and_measure_the_threshold(
    seed: Path,
) -> None:
    result = review("sd")
    assert result.exit_code == 0, result.output
    one, other = decisions(seed)
    assert one.startswith("same,crm,1,crm,3,Eva,20")
    assert one.endswith(",reviewed: 80.0 % likely by similar_person")
    assert other.startswith("different,crm,3,crm,4,Eva,20")
    assert f"{seed}:2: added: crm:1 and crm:3 are one customer (Eva" in result.output
    assert "1. 80.0 % likely the same, by similar_person; would join" in result.output
    assert "2. 66.7 % likely the same" in result.output
    assert "similar_person: by 2 decisions, its threshold of 0.9 has" in result.output
    again = review("")
    assert "There is nothing to review." in again.output
    assert decisions(seed) == [one, other]


def test_the_values_of_both_are_shown_and_can_be_masked(seed: Path) -> None:
    shown = review("q").output
    assert "ann@example.com" in shown
    assert "bea@example.com" in shown
    assert "jansen" in shown
    masked = review("q", "--masked").output
    assert "@e******.com" in masked
    for secret in ("ann@", "bea@", "jansen", "1980-01-01"):
        assert secret not in masked
    assert decisions(seed) == []


def test_what_is_skipped_is_asked_again_and_quitting_keeps_what_was_decided(seed: Path) -> None:
    assert "2. 66.7 %" in review("kq").output
    assert decisions(seed) == []
    assert review("xsq").exit_code == 0
    assert [line[:17] for line in decisions(seed)] == ["same,crm,1,crm,3,"]
    left = review("q").output
    assert "66.7 % likely" in left
    assert "80.0 % likely" not in left


def test_a_terminal_that_closes_keeps_what_was_decided(seed: Path) -> None:
    assert review("s").exit_code == 1
    assert len(decisions(seed)) == 1


def test_a_decision_that_contradicts_another_is_told_and_the_walk_goes_on(seed: Path) -> None:
    # 1 and 2:b, one customer, were decided to be two; 3 is the same as 2:b.
    with seed.open("a") as file:
        file.write("different,crm,1,crm,2:b,Eva,2026-01-01,twins\n")
        file.write("same,crm,2:b,crm,3,Eva,2026-01-01,she said so\n")
    result = review("ss")
    assert result.exit_code == 0, result.output
    assert "Not written: " in result.output
    assert f"{seed}:2: crm:1 and crm:2:b are two customers" in result.output
    assert [line[:17] for line in decisions(seed)][2:] == ["same,crm,3,crm,4,"]


def test_the_quality_alone_asks_nothing(seed: Path) -> None:
    nothing = review("", "--quality")
    assert nothing.output.strip() == "similar_person: no decision yet to measure its threshold by"
    review("sq")
    assert "by 1 decision, its threshold" in review("", "--quality").output


def test_no_more_pairs_are_asked_about_than_wanted(seed: Path) -> None:
    result = review("k", "--limit", "1", "--rule", "similar_person")
    assert result.exit_code == 0
    assert result.output.count("% likely the same") == 1
    assert decisions(seed) == []


@pytest.mark.usefixtures("seed")
def test_a_rule_that_is_not_there_is_refused_with_those_that_are() -> None:
    for name in ("similar", "email"):
        result = review("", "--rule", name)
        assert result.exit_code == 2
        assert f"There is no similar rule '{name}'; there are: similar_person." in result.output


def test_decisions_can_be_made_without_splink(seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    result = review("sd")
    assert result.exit_code == 0, result.output
    assert len(decisions(seed)) == 2
    assert "no decision yet" not in result.output
    assert "similar_person: 2 decisions can't be measured" in result.output


def test_without_a_warehouse_the_way_to_one_is_told(home: Path) -> None:
    result = review("")
    assert result.exit_code == 1
    assert f"there is no warehouse at {home / 'warehouse.duckdb'} yet" in result.output
