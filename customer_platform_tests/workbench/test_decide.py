"""Stewards decide in the browser."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from customer_platform.environment import Environment, load_environment
from customer_platform.stewardship.decide.overrides_file import HEADER
from customer_platform.stewardship.decisions_store import DecisionStore, open_decisions
from customer_platform_tests.cli.stewarded import customer_of
from customer_platform_tests.support.projects import checkout
from customer_platform_tests.workbench.desk import (
    Steward,
    elsewhere,
    pair_in,
    publish_small,
    token_in,
    two_stewards,
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is published once for all tests."""
    home = tmp_path_factory.mktemp("built") / "home"
    publish_small(replace(load_environment(), home=home))
    return home


@pytest.fixture
def environment(built: Path, tmp_path: Path) -> Environment:
    """A copy of that home, with a seed of its own."""
    shutil.copytree(built, tmp_path / "home")
    seeds = tmp_path / "seeds" / "retail"
    seeds.mkdir(parents=True)
    (seeds / "link_overrides.csv").write_text(",".join(HEADER) + "\n")
    project = replace(checkout(), dbt=tmp_path)
    return replace(load_environment(), home=tmp_path / "home", project=project)


@pytest.fixture
def eva(environment: Environment) -> Iterator[Steward]:
    steward = Steward(environment)
    yield steward
    steward.client.close()


@pytest.fixture
def decisions(environment: Environment) -> DecisionStore:
    return open_decisions(environment, "customer")


def _texts(decisions: DecisionStore) -> list[str]:
    return [
        f"{each.decision.kind} {each.decision.record.record_id} {each.decision.other.record_id}"
        for each in decisions.decisions()
    ]


def test_the_most_valuable_pair_is_asked_first_side_by_side(eva: Steward) -> None:
    page = eva.get("/decide").text
    assert pair_in(page) == {"1", "3"}
    assert "80.0 % that the two are one" in page
    assert "ann@example.com" in page
    assert "bea@example.com" in page


def test_a_decision_is_kept_as_a_sample_and_leads_to_the_next_pair(
    eva: Steward, decisions: DecisionStore
) -> None:
    answer = eva.decide("same", "3", "1", reason="same  counter")
    assert answer.status_code == 200
    assert pair_in(answer.text) == {"3", "4"}
    [kept] = decisions.decisions()
    assert (kept.decision.kind, kept.decision.reason) == ("same", "same counter")
    assert (kept.sample, kept.rule) == ("queue", "similar_person")


def test_links_are_asked_about_and_measure_their_rule(
    eva: Steward, decisions: DecisionStore
) -> None:
    eva.decide("different", "1", "3")
    page = eva.decide("different", "3", "4").text
    assert pair_in(page) == {"1", "2:b"}
    assert "The rule email has linked the two" in page
    eva.decide("same", "1", "2:b")
    assert decisions.decisions()[-1].sample == "linked"
    told = eva.get("/decide/customers/decisions").text
    assert "100.0 %" in told
    assert "20.7 to 100.0 %" in told
    assert "There is nothing left to decide for you." in eva.get("/decide/customers").text


def test_blind_mode_shows_nothing_of_what_the_model_thinks(eva: Steward) -> None:
    page = eva.get("/decide/customers?blind=true").text
    for hint in ("80.0", "similar_person", "/customers/c_", 'hx-get="/decide'):
        assert hint not in page
    assert "blind=true" in str(eva.decide("same", "1", "3", blind="true").url)


def test_undo_takes_back_a_decision_or_a_skip_once(eva: Steward, decisions: DecisionStore) -> None:
    eva.decide("same", "1", "3")
    assert 'data-key="u"' in eva.get("/decide/customers").text
    assert pair_in(eva.send("/decide/customers/undo").text) == {"1", "3"}
    assert decisions.decisions() == []
    assert pair_in(eva.decide("skip", "1", "3").text) == {"3", "4"}
    assert pair_in(eva.send("/decide/customers/undo").text) == {"1", "3"}
    again = eva.send("/decide/customers/undo")
    assert (again.status_code, "nothing to undo" in again.text) == (503, True)


def test_what_the_next_run_will_do_is_shown_before(eva: Steward) -> None:
    told = eva.get("/decide/customers/effect?one=crm&one=1&one=crm&one=3").text
    assert "At the next run crm:1 and crm:3 become one customer" in told
    assert "are two customers, and stay two at the next run" in told


def test_a_contradiction_is_refused_with_the_chain_that_makes_it(
    eva: Steward, decisions: DecisionStore
) -> None:
    eva.decide("same", "1", "3")
    eva.decide("same", "3", "4")
    refused = eva.decide("different", "1", "4")
    assert refused.status_code == 400
    assert "decision 1: crm:1 and crm:3 are one customer" in refused.text
    assert "decision 2:" in refused.text
    assert len(decisions.decisions()) == 2


def test_two_stewards_get_pairs_of_their_own(environment: Environment) -> None:
    eva, tom = two_stewards(environment)
    assert pair_in(eva.get("/decide/customers").text) == {"1", "3"}
    assert pair_in(tom.get("/decide/customers").text) == {"3", "4"}
    assert pair_in(eva.get("/decide/customers").text) == {"1", "3"}
    eva.decide("same", "1", "3")
    [kept] = open_decisions(environment, "customer").decisions()
    assert kept.decision.author == "Eva"
    log = (environment.home / "logs" / "access.jsonl").read_text()
    assert customer_of(environment.warehouse, "1") in log
    assert "ann@example.com" not in log


def test_a_viewer_neither_sees_the_queue_nor_decides(environment: Environment) -> None:
    vic, _ = two_stewards(environment, first="Vic")
    assert vic.get("/decide/customers").status_code == 403
    refused = vic.client.post("/decide/customers", headers={"X-CSRF-Token": _token(vic)})
    assert refused.status_code == 403


def _token(steward: Steward) -> str:
    return token_in(steward.get("/sign-in").text)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "equal"}, 422),
        ({"kind": "same", "reason": "x" * 3000}, 422),
        ({"kind": "same", "record_id": "99"}, 404),
    ],
)
def test_bad_input_is_refused(
    eva: Steward, decisions: DecisionStore, fields: dict[str, str], status: int
) -> None:
    form = {"source": "crm", "record_id": "1", "other_source": "crm", "other_record_id": "3"}
    assert eva.send("/decide/customers", **{**form, **fields}).status_code == status
    assert decisions.decisions() == []


def test_a_form_without_the_token_is_refused(eva: Steward, decisions: DecisionStore) -> None:
    eva.get("/decide/customers")
    form = {"kind": "same", "source": "crm", "record_id": "1"}
    form |= {"other_source": "crm", "other_record_id": "3"}
    assert eva.client.post("/decide/customers", data=form).status_code == 403
    assert decisions.decisions() == []


def test_decisions_that_are_away_give_a_clear_page(environment: Environment) -> None:
    away = elsewhere(environment, "postgresql://eva:secret@127.0.0.1:9/decisions")
    answer = Steward(away).get("/decide/customers")
    assert answer.status_code == 503
    assert "Decisions can&#39;t be reached" in answer.text
    assert "secret" not in answer.text


def test_a_decision_is_withdrawn_with_a_reason(eva: Steward, decisions: DecisionStore) -> None:
    eva.decide("same", "1", "3")
    eva.send("/decide/customers/withdraw", number=1, reason="two <b>people</b>")
    assert decisions.decisions() == []
    page = eva.get("/decide/customers/decisions?withdrawn=true").text
    assert "two &lt;b&gt;people&lt;/b&gt;" in page


def test_a_customer_is_split_where_records_are_marked(
    eva: Steward, environment: Environment, decisions: DecisionStore
) -> None:
    path = f"/decide/customers/split/{customer_of(environment.warehouse, '1')}"
    assert "crm:2:b" in eva.get(path).text
    told = eva.get(f"{path}?marked=crm:1").text
    assert "0 merges, 1 split; 1 record with another ID" in told
    assert "mark some of the records" in eva.get(f"{path}?marked=crm:1&marked=crm:2:b").text
    assert "mark some of the records" in eva.get(f"{path}?marked=crm:99").text
    eva.send(path, marked="crm:1", reason="father and son")
    assert _texts(decisions) == ["different 1 2:b"]


def test_many_pairs_are_decided_as_they_were_shown(eva: Steward, decisions: DecisionStore) -> None:
    page = eva.get("/decide/customers/bulk?rule=similar_person&kind=same&least=0.5").text
    assert "2 pairs found" in page
    assert "1 merge, 0 splits" in page
    form = {"rule": "similar_person", "kind": "same", "least": 0.5, "most": 1, "reason": "seen"}
    [seen] = re.findall(r'name="seen" value="(\w+)"', page)
    eva.decide("different", "1", "3")
    changed = eva.send("/decide/customers/bulk", seen=seen, **form)
    assert (changed.status_code, "finds other pairs now" in changed.text) == (400, True)
    eva.send("/decide/customers/undo")
    # As many as before, and others.
    changed = eva.send("/decide/customers/bulk", seen=seen, **{**form, "least": 0, "most": 0.5})
    assert changed.status_code == 400
    assert eva.send("/decide/customers/bulk", seen=seen, **form).status_code == 200
    assert _texts(decisions) == ["same 1 3", "same 3 4"]
    assert "0 pairs found" in eva.get("/decide/customers/bulk?rule=similar_person").text


def test_many_decisions_that_contradict_others_are_refused_beforehand(eva: Steward) -> None:
    eva.decide("different", "1", "4")
    page = eva.get("/decide/customers/bulk?rule=similar_person&kind=same").text
    assert "decision 1: crm:1 and crm:4 are two customers" in page
    assert "Decide about 2 pairs" not in page
