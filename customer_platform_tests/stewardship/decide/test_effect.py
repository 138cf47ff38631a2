from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from customer_platform.errors import OverrideRefusedError
from customer_platform.identity import Override, ResolutionRules
from customer_platform.identity.overrides import read_overrides_file
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.decide import (
    Decision,
    Effect,
    add_override,
    effect_lines,
    override_effect,
    parse_record,
    read_lines,
    require_record,
)
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.identity.helpers import (
    OUTPUT,
    Row,
    different,
    ids,
    load,
    make_rules,
    run,
    same,
)

RULES = make_rules(("email", ["email"]))
ROWS: list[Row] = [
    ("s", "ann", "ann@x", "1"),
    ("s", "anna", "ann@x", "2"),
    ("s", "bea", "bea@x", "3"),
]
ANN, ANNA, BEA = (RecordName("s", name) for name in ("ann", "anna", "bea"))


def _effect(
    connection: duckdb.DuckDBPyConnection,
    pair: tuple[RecordName, RecordName],
    overrides: Sequence[Override] = (),
    rules: ResolutionRules = RULES,
) -> Effect:
    return override_effect(IdentityStore(connection, "records", rules, OUTPUT), overrides, pair)


def _told(effect: Effect, pair: tuple[RecordName, RecordName]) -> str:
    return "\n".join(effect_lines(effect, pair))


def test_two_customers_become_one_and_the_oldest_id_survives(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS[:2], RULES)
    run(connection, ROWS, RULES)
    old, new = ids(connection)["ann"], ids(connection)["bea"]
    effect = _effect(connection, (BEA, ANN), [same("ann", "bea")])
    assert (effect.were_one, effect.become_one) == (False, True)
    assert effect.now == (new, old)
    assert effect.then == (old, old)
    assert set(effect.flows) == {(old, old, 2), (new, old, 1)}
    told = _told(effect, (BEA, ANN))
    assert f"At the next run s:bea and s:ann become one customer, {old}." in told
    assert f"  2 records of {old} stay" in told
    assert f"  1 record of {new} moves to {old}" in told


def test_one_customer_falls_apart(connection: duckdb.DuckDBPyConnection) -> None:
    run(connection, ROWS, RULES)
    effect = _effect(connection, (ANN, ANNA), [different("ann", "anna")])
    assert (effect.were_one, effect.become_one) == (True, False)
    assert effect.refused_by == ("override different: s:ann | s:anna",) or effect.refused_by == (
        "override different: s:anna | s:ann",
    )
    assert f"{ids(connection)['ann']} splits" in _told(effect, (ANN, ANNA))


def test_one_customer_stays_one_when_an_override_is_not_needed(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, RULES)
    effect = _effect(connection, (ANN, ANNA), [same("ann", "anna")])
    assert effect.flows == ()
    assert "are one customer" in _told(effect, (ANN, ANNA))
    assert "stay one" in _told(effect, (ANN, ANNA))


def test_an_override_that_a_limit_refuses_says_so(connection: duckdb.DuckDBPyConnection) -> None:
    rules = make_rules(("email", ["email"]), limits={"phone": 1})
    run(connection, ROWS, rules)
    effect = _effect(connection, (ANN, BEA), [same("ann", "bea")], rules)
    assert not effect.become_one
    told = _told(effect, (ANN, BEA))
    assert "are two customers, and stay two" in told
    assert "  a link is refused by limit phone: " in told


def test_an_override_that_costs_another_record_its_customer_says_so(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rules = make_rules(("email", ["email"]), limits={"phone": 2})
    run(connection, ROWS, rules)
    effect = _effect(connection, (ANN, BEA), [same("ann", "bea")], rules)
    assert effect.become_one
    [kept] = {then for then in effect.then if then}
    assert any(now == effect.now[0] and then != kept for now, then, _ in effect.flows)
    assert "  a link is refused by limit phone: " in _told(effect, (ANN, BEA))


def test_a_record_that_the_map_does_not_have_yet_joins_its_customer(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, ROWS, RULES)
    load(connection, [*ROWS, ("s", "new", "new@x")])
    pair = (ANN, RecordName("s", "new"))
    effect = _effect(connection, pair, [same("ann", "new")])
    assert effect.now == (ids(connection)["ann"], None)
    assert effect.become_one


@pytest.mark.parametrize(
    ("kind", "pair"), [("same", (ANN, BEA)), ("different", (ANN, ANNA)), ("different", (BEA, ANN))]
)
def test_what_is_told_is_what_the_next_run_makes_of_the_written_line(
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    kind: str,
    pair: tuple[RecordName, RecordName],
) -> None:
    run(connection, ROWS, RULES)
    seed = tmp_path / "link_overrides.csv"
    add_override(seed, Decision(kind, *pair, "Eva", "2026-01-02", 'she said "so", twice'))
    overrides = read_overrides_file(connection, seed)
    effect = _effect(connection, pair, [line.decision.override for line in read_lines(seed)])
    run(connection, ROWS, RULES, overrides=overrides)
    assert effect.then == tuple(ids(connection)[name.record_id] for name in pair)


def test_record_names_are_split_at_the_first_colon() -> None:
    assert parse_record("crm: a:b ", RULES) == RecordName("crm", "a:b")
    without_source = RULES.model_copy(update={"source": None})
    assert parse_record("a:b", without_source) == RecordName("", "a:b")
    for text in ("ann", ":ann", "s:"):
        with pytest.raises(OverrideRefusedError, match="write SOURCE:ID"):
            parse_record(text, RULES)


def test_a_record_that_is_not_there_is_refused_with_what_is_close(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load(connection, [("s", "C-1001"), ("s", "C-2002"), ("t", "7")])
    require_record(IdentityStore(connection, "records", RULES), RecordName("s", "C-1001"))
    with pytest.raises(OverrideRefusedError, match=r"no record s:c-1002; did you mean s:C-1001"):
        require_record(IdentityStore(connection, "records", RULES), RecordName("s", "c-1002"))
    with pytest.raises(OverrideRefusedError, match=r"no record s:7; did you mean t:7\?"):
        require_record(IdentityStore(connection, "records", RULES), RecordName("s", "7"))
    with pytest.raises(OverrideRefusedError, match="no source 'u'; known: s, t"):
        require_record(IdentityStore(connection, "records", RULES), RecordName("u", "7"))
