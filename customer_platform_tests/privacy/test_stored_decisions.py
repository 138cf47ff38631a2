"""Somebody who is erased is in no decision, and what is left of them there is found."""

from dataclasses import replace
from pathlib import Path

import pytest

from customer_platform.declarations import declarations_of
from customer_platform.environment import Environment, load_environment
from customer_platform.errors import DecisionsError
from customer_platform.privacy.leftovers import remove_decisions
from customer_platform.privacy.people import PersonRecord
from customer_platform.privacy.scan import Scan, scan
from customer_platform.privacy.stored_decisions import with_decisions
from customer_platform.stewardship.decisions_store import NewDecision, open_decisions
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.support.projects import checkout

ANN, BEA, COR = (RecordName("crm", name) for name in ("ann", "bea", "cor"))
EMAIL = "ann.jansen@example.com"


@pytest.fixture
def home(tmp_path: Path) -> Environment:
    seeds = tmp_path / "dbt" / "seeds" / "retail"
    seeds.mkdir(parents=True)
    (tmp_path / "home").mkdir()
    project = replace(checkout(), dbt=tmp_path / "dbt")
    return replace(load_environment(), home=tmp_path / "home", project=project)


def _decide(environment: Environment) -> None:
    open_decisions(environment, "customer").decide(
        [
            NewDecision("same", ANN, BEA, f"both write from {EMAIL}"),
            NewDecision("different", BEA, COR, "father and son"),
        ],
        "Eva",
    )


def test_decisions_on_a_record_that_is_erased_go_and_the_others_stay(home: Environment) -> None:
    _decide(home)
    assert scan(home.home, [EMAIL]).found
    records = [PersonRecord("customer", "crm", "ann")]
    assert remove_decisions(home, declarations_of(home), records) == 1
    [left] = open_decisions(home, "customer").decisions()
    assert left.decision.pair == {BEA, COR}
    assert not scan(home.home, [EMAIL]).places


def test_a_store_outside_of_the_home_is_looked_through(home: Environment, tmp_path: Path) -> None:
    elsewhere = replace(home, decisions_url=f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")
    nothing = Scan(0, 0)
    assert with_decisions(nothing, elsewhere, [EMAIL]) == nothing
    _decide(elsewhere)
    [place] = with_decisions(nothing, elsewhere, [EMAIL]).found
    assert (place.path, place.where) == ("decisions", "decisions.reason")
    remove_decisions(elsewhere, declarations_of(home), [PersonRecord("customer", "crm", "ann")])
    assert with_decisions(nothing, elsewhere, [EMAIL]) == nothing


def test_a_store_that_is_away_is_no_proof_and_stops_an_erasure(home: Environment) -> None:
    away = replace(home, decisions_url="postgresql://eva:secret@127.0.0.1:9/decisions")
    [place] = with_decisions(Scan(0, 0), away, [EMAIL]).unread
    assert "can't be reached" in place.where
    assert "secret" not in place.where
    with pytest.raises(DecisionsError):
        remove_decisions(away, declarations_of(home), [PersonRecord("customer", "crm", "ann")])
