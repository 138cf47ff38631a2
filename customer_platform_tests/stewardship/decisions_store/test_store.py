from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Barrier

import pytest

from customer_platform.errors import DecisionsError, OverrideRefusedError
from customer_platform.identity import Override
from customer_platform.stewardship.decide.decisions import Decision
from customer_platform.stewardship.decisions_store.database import Database
from customer_platform.stewardship.decisions_store.store import (
    DecisionStore,
    NewDecision,
    Scope,
    StoredDecision,
)
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.stewardship.decisions_store.conftest import Clock

ANN, BEA, COR, DAN = (RecordName("crm", name) for name in ("ann", "bea", "cor", "dan"))


def _same(one: RecordName, other: RecordName, reason: str = "one address") -> NewDecision:
    return NewDecision("same", one, other, reason)


def _different(one: RecordName, other: RecordName) -> NewDecision:
    return NewDecision("different", one, other, "father and son")


def _kinds(decisions: list[StoredDecision]) -> list[tuple[str, str, str]]:
    return [
        (each.decision.kind, str(each.decision.record), str(each.decision.other))
        for each in decisions
    ]


def test_a_store_that_is_not_there_yet_holds_nothing_and_is_not_made_by_reading(
    store: DecisionStore,
) -> None:
    assert store.decisions() == []
    assert store.comments([ANN]) == []
    assert store.forget([ANN]) == 0
    assert store.database.file is None or not store.database.file.exists()


def test_a_decision_is_kept_with_author_time_and_reason(store: DecisionStore, clock: Clock) -> None:
    [made] = store.decide([_same(BEA, ANN)], "Eva")
    [kept] = store.decisions()
    assert kept == made
    assert kept.decision == Decision("same", ANN, BEA, "Eva", "2026-03-01", "one address")
    assert kept.decided_at == clock.now
    assert store.overrides() == [Override("same", "crm", "ann", "crm", "bea")]


def test_a_withdrawn_decision_stays_and_is_not_in_force(store: DecisionStore) -> None:
    [made] = store.decide([_same(ANN, BEA)], "Eva")
    store.withdraw(made.number, "Tom", "two phones")
    assert store.decisions() == []
    [kept] = store.decisions(withdrawn=True)
    assert kept.withdrawn == ("Tom", datetime(2026, 3, 1, 12), "two phones")
    [again] = store.decide([_different(ANN, BEA)], "Tom")
    assert again.number != made.number


def test_a_decision_is_withdrawn_once_and_by_its_number(store: DecisionStore) -> None:
    [made] = store.decide([_same(ANN, BEA)], "Eva")
    with pytest.raises(DecisionsError, match=f"no decision {made.number + 1} about"):
        store.withdraw(made.number + 1, "Tom", "")
    store.withdraw(made.number, "Tom", "two phones")
    with pytest.raises(DecisionsError, match="withdrawn by Tom at 2026-03-01 12:00 UTC"):
        store.withdraw(made.number, "Eva", "")


def test_a_contradiction_is_refused_with_the_chain_that_makes_it(store: DecisionStore) -> None:
    store.decide([_same(ANN, BEA), _same(COR, DAN)], "Eva")
    store.decide([_same(BEA, COR)], "Tom")
    with pytest.raises(OverrideRefusedError) as refused:
        store.decide([_different(ANN, DAN)], "Ida")
    said = str(refused.value)
    assert "crm:ann and crm:dan can't be two customers" in said
    assert [f"decision {number}:" in said for number in (1, 2, 3)] == [True] * 3
    assert len(store.decisions()) == 3


def test_decisions_are_kept_together_or_not_at_all(store: DecisionStore) -> None:
    with pytest.raises(OverrideRefusedError, match="this decision"):
        store.decide([_same(ANN, BEA), _same(BEA, COR), _different(COR, ANN)], "Eva")
    assert store.decisions() == []


def test_what_is_decided_already_or_about_one_record_is_refused(store: DecisionStore) -> None:
    store.decide([_same(ANN, BEA)], "Eva")
    with pytest.raises(OverrideRefusedError, match="decision 1: it is there already"):
        store.decide([_same(BEA, ANN)], "Tom")
    with pytest.raises(OverrideRefusedError, match="given twice"):
        store.decide([_same(ANN, ANN)], "Tom")


def test_the_seed_is_contradicted_no_more_than_the_store(store: DecisionStore) -> None:
    line = Decision("same", ANN, BEA, "Eva", "2026-01-01", "")
    with pytest.raises(OverrideRefusedError, match=r"link_overrides.csv:2"):
        store.decide([_different(ANN, BEA)], "Tom", [("link_overrides.csv:2", line)])


def test_two_stewards_who_contradict_each_other_at_one_moment_are_not_both_heard(
    store: DecisionStore,
) -> None:
    store.decide([_same(ANN, BEA)], "Eva")
    ready = Barrier(2)

    def decide(decision: NewDecision) -> bool:
        ready.wait()
        try:
            store.decide([decision], "somebody")
        except OverrideRefusedError:
            return False
        return True

    for _ in range(5):
        with ThreadPoolExecutor(2) as threads:
            heard = list(threads.map(decide, [_same(BEA, COR), _different(ANN, COR)]))
        assert sorted(heard) == [False, True]
        store.withdraw(store.decisions()[-1].number, "somebody", "again")


def test_decisions_hold_in_their_environment_for_their_entity_alone(store: DecisionStore) -> None:
    store.decide([_same(ANN, BEA)], "Eva")
    for scope in (
        replace(store.scope, environment="test"),
        replace(store.scope, business_model="b2b"),
        replace(store.scope, entity="buyer"),
    ):
        assert DecisionStore(store.database, scope).decisions() == []
        with pytest.raises(DecisionsError):
            DecisionStore(store.database, scope).withdraw(1, "Eva", "")


def test_comments_on_records_are_told_in_their_order(store: DecisionStore, clock: Clock) -> None:
    store.comment(ANN, "Eva", "phoned, no answer")
    clock.passes(hours=1)
    store.comment(BEA, "Tom", "moved")
    store.comment(COR, "Tom", "of no interest")
    assert [(each.author, each.text) for each in store.comments([BEA, ANN])] == [
        ("Eva", "phoned, no answer"),
        ("Tom", "moved"),
    ]


def test_all_that_names_an_erased_record_goes(store: DecisionStore) -> None:
    store.decide([_same(ANN, BEA), _different(COR, DAN), _same(DAN, ANN)], "Eva")
    store.withdraw(1, "Eva", "wrong")
    store.comment(ANN, "Eva", "phoned")
    assert store.forget([ANN]) == 4
    assert _kinds(store.decisions(withdrawn=True)) == [("different", "crm:cor", "crm:dan")]
    assert store.comments([ANN]) == []
    # A number says which decision was meant, so it isn't given again.
    assert store.decide([_same(ANN, BEA)], "Eva")[0].number == 4


def test_no_byte_of_an_erased_record_stays_in_the_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'decisions.sqlite'}")
    store = DecisionStore(database, Scope("test", "retail", "customer"))
    store.decide([_same(RecordName("crm", "quetzalcoatl"), ANN, "lives at xochimilco")], "Eva")
    store.decide([_same(COR, DAN)], "Eva")
    store.forget([RecordName("crm", "quetzalcoatl")])
    left = (tmp_path / "decisions.sqlite").read_bytes()
    assert b"quetzalcoatl" not in left
    assert b"xochimilco" not in left
    assert b"one address" in left


@pytest.mark.parametrize(
    "url", ["postgresql://eva:secret@127.0.0.1:9/decisions", "sqlite:////nowhere/decisions.sqlite"]
)
def test_a_store_that_is_away_is_named_without_its_password(url: str) -> None:
    store = DecisionStore(Database(url), Scope("test", "retail", "customer"))
    with pytest.raises(DecisionsError, match="CUSTOMER_PLATFORM_DECISIONS") as raised:
        store.decide([_same(ANN, BEA)], "Eva")
    assert "secret" not in str(raised.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    path.write_text("number,kind\n" * 100)
    store = DecisionStore(Database(f"sqlite:///{path}"), Scope("test", "retail", "customer"))
    with pytest.raises(DecisionsError, match=r"decisions.sqlite can't be reached: .*database"):
        store.decisions()
