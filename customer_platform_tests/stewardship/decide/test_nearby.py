"""What is near two records says the same as resolving everything."""

from collections import Counter
from dataclasses import replace

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.errors import StateError
from customer_platform.identity import Delta, Override, ResolutionRules, update_map
from customer_platform.identity.keeping.similar_tables import similar_rules
from customer_platform.identity.overrides import DIFFERENT, SAME, check_overrides
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.decide import nearby_changes, nearby_effect, override_effect
from customer_platform.stewardship.explain.model import RecordName
from customer_platform_tests.identity.helpers import (
    DAY_1,
    OUTPUT,
    different,
    ids_by_record,
    load,
    make_rules,
    run,
    same,
)
from customer_platform_tests.identity.keeping.test_incremental import (
    RECORDS,
    Values,
    first_records,
    rows_of,
    toggled,
)
from customer_platform_tests.identity.similar.stub import keep_pairs
from customer_platform_tests.identity.strategies import (
    random_overrides,
    random_rules,
    random_similar_rules,
    record_name,
)
from customer_platform_tests.support.examples import examples

RULES = make_rules(("email", ["email"]))
ROWS = [("s", "ann", "ann@x"), ("s", "anna", "ann@x"), ("s", "bea", "bea@x"), ("s", "cor", "cor@x")]
ANN, BEA, COR = (RecordName("s", name) for name in ("ann", "bea", "cor"))


def _store(connection: duckdb.DuckDBPyConnection, rules: ResolutionRules = RULES) -> IdentityStore:
    return IdentityStore(connection, "records", rules, OUTPUT)


pairs = st.tuples(st.integers(0, RECORDS - 1), st.integers(0, RECORDS - 1)).filter(
    lambda pair: pair[0] != pair[1]
)


@given(
    histories=st.lists(first_records, min_size=1, max_size=3),
    rules=random_rules(),
    applied=random_overrides(RECORDS),
    changes=random_overrides(RECORDS),
    decision=st.tuples(st.sampled_from([SAME, DIFFERENT]), pairs),
)
@examples(8)
def test_it_is_what_resolving_everything_gives(
    histories: list[dict[int, Values]],
    rules: ResolutionRules,
    applied: list[Override],
    changes: list[Override],
    decision: tuple[str, tuple[int, int]],
) -> None:
    kind, (one, other) = decision
    new = Override(kind, *record_name(one), *record_name(other))
    before = check_overrides(applied)
    with duckdb.connect() as connection:
        for records in histories:
            run(connection, rows_of(records), rules, overrides=before)
        store = _store(connection, rules)
        pair = (RecordName(*record_name(one)), RecordName(*record_name(other)))
        for overrides in (toggled(before, [new]), toggled(toggled(before, changes), [new])):
            assert nearby_effect(store, overrides, pair) == override_effect(store, overrides, pair)


@given(
    records=first_records,
    rules=st.one_of(random_rules(), random_similar_rules()),
    applied=random_overrides(RECORDS),
    decision=st.tuples(st.sampled_from([SAME, DIFFERENT]), pairs),
)
@examples(8)
def test_it_is_what_the_next_run_makes_of_all_records_nearby(
    records: dict[int, Values],
    rules: ResolutionRules,
    applied: list[Override],
    decision: tuple[str, tuple[int, int]],
) -> None:
    kind, (one, other) = decision
    sides = (record_name(one), record_name(other))
    before = check_overrides(applied)
    after = toggled(before, [Override(kind, *sides[0], *sides[1])])
    with duckdb.connect() as connection:
        rows = rows_of(records)
        if similar_rules(rules):
            keep_pairs(connection, rows, rules)
        run(connection, rows, rules, overrides=before)
        had = ids_by_record(connection)
        names = [RecordName(*side) for side in sides]
        effect = nearby_effect(_store(connection, rules), after, (names[0], names[1]))
        if similar_rules(rules):
            keep_pairs(connection, rows, rules)
        run(connection, rows, rules, overrides=after)
        has = ids_by_record(connection)
    assert effect.now == tuple(had.get(side) for side in sides)
    assert effect.then == tuple(has.get(side) for side in sides)
    moved = Counter((had[record], has[record]) for record in had)
    assert all(moved[now, then] == count for now, then, count in effect.flows)


def test_an_account_that_splits_gets_the_id_of_an_account(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    tables = replace(OUTPUT, entity="account")
    update_map(connection, Delta(load(connection, ROWS)), RULES, tables, DAY_1)
    store = IdentityStore(connection, "records", RULES, tables)
    pair = (ANN, RecordName("s", "anna"))
    effect = nearby_effect(store, [different("ann", "anna")], pair)
    assert effect == override_effect(store, [different("ann", "anna")], pair)
    assert [then[:2] for then in effect.then if then] == ["a_", "a_"]


def test_nothing_is_left_behind(connection: duckdb.DuckDBPyConnection) -> None:
    run(connection, ROWS, RULES)
    nearby_effect(_store(connection), [same("ann", "bea")], (ANN, BEA))
    assert (
        connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
        == []
    )


def test_many_decisions_are_told_together(connection: duckdb.DuckDBPyConnection) -> None:
    run(connection, ROWS, RULES)
    overrides = [same("ann", "bea"), same("bea", "cor")]
    flows, refused = nearby_changes(_store(connection), overrides, [ANN, BEA, COR])
    assert sorted(records for _, _, records in flows) == [1, 1, 2]
    assert len({later for _, later, _ in flows}) == 1
    assert refused == ()


def test_a_decision_that_waits_already_is_counted(connection: duckdb.DuckDBPyConnection) -> None:
    run(connection, ROWS, RULES)
    effect = nearby_effect(_store(connection), [same("ann", "bea"), same("bea", "cor")], (BEA, COR))
    assert sum(records for _, _, records in effect.flows) == 4


def test_other_rules_than_those_of_the_map_are_refused(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load(connection, ROWS)
    with pytest.raises(StateError, match="no kept map yet"):
        nearby_effect(_store(connection), [], (ANN, BEA))
    run(connection, ROWS, RULES)
    others = make_rules(("phone", ["phone"]))
    with pytest.raises(StateError, match="the rules have changed"):
        nearby_effect(_store(connection, others), [], (ANN, BEA))
