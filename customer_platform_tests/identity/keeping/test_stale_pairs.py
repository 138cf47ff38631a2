"""A map isn't updated by similar pairs of other records or other rules."""

import re

import duckdb
import pytest

from customer_platform.errors import StateError
from customer_platform.identity import Delta, ResolutionRules, update_map
from customer_platform_tests.identity.helpers import (
    DAY_2,
    OUTPUT,
    Row,
    load,
    make_rules,
    people,
    run,
)
from customer_platform_tests.identity.similar.stub import (
    keep_pairs,
    lone_records,
    weights_between,
)


def alike(*compare: str, review: float = 0.4) -> ResolutionRules:
    similar = {"compare": compare or ["email", "phone"], "threshold": 0.6, "review": review}
    return make_rules({"name": "similar", "similar": similar})


ROWS = lone_records("a b c")


@pytest.fixture
def kept(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A map of three records, two of them similar."""
    keep_pairs(connection, ROWS, alike(), weights_between(("a", "b", 5.0)))
    run(connection, ROWS, alike())
    assert people(connection) == {"a b", "c"}
    return connection


def refusal(connection: duckdb.DuckDBPyConnection, rows: list[Row], rules: ResolutionRules) -> str:
    with pytest.raises(StateError) as refused:
        run(connection, rows, rules)
    assert people(connection) == {"a b", "c"}
    return str(refused.value)


def test_records_that_were_never_compared_are_refused(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    message = "3 records have not been compared by the rule 'similar' as they are now: "
    with pytest.raises(StateError, match=re.escape(message + "update identity.similar_pairs")):
        run(connection, ROWS, alike())


def test_a_new_and_a_changed_record_that_were_not_compared_are_refused(
    kept: duckdb.DuckDBPyConnection,
) -> None:
    changed: Row = ("s", "c", "another email", *ROWS[2][3:])
    rows = [*ROWS[:2], changed, *lone_records("d")]
    assert refusal(kept, rows, alike()).startswith("2 records have not been compared by the rule")
    load(kept, lone_records("d"))
    with pytest.raises(StateError, match="1 records have not been compared"):
        update_map(kept, Delta("records", is_complete=False), alike(), OUTPUT, DAY_2)
    keep_pairs(kept, rows, alike(), weights_between(("a", "b", 5.0), ("c", "d", 5.0)))
    run(kept, rows, alike())
    assert people(kept) == {"a b", "c d"}


def test_a_change_of_what_is_not_compared_and_a_deletion_need_no_comparing(
    kept: duckdb.DuckDBPyConnection,
) -> None:
    run(kept, [("s", "a", *ROWS[0][2:4], "another name"), ROWS[1]], alike())
    assert people(kept) == {"a b"}


def test_pairs_that_the_rule_found_when_it_compared_otherwise_are_refused(
    kept: duckdb.DuckDBPyConnection,
) -> None:
    # As long as the values are the same, their hash alone wouldn't tell.
    categories = {"email": {"as": "category"}}
    similar = alike().match_rules[0].model_dump(exclude_none=True)["similar"]
    rules = make_rules({"name": "similar", "similar": similar | {"comparisons": categories}})
    assert refusal(kept, ROWS, rules) == (
        "the rule 'similar' compares otherwise than when identity.similar_pairs was last updated: "
        "update it first"
    )


def test_pairs_are_refused_where_the_review_band_has_become_wider(
    kept: duckdb.DuckDBPyConnection,
) -> None:
    kept.execute(
        "insert into identity.similar_runs (compared_at, rule, review) values "
        "('2026-01-01', 'similar', 0.1), ('2026-01-02', 'similar', 0.4)"
    )
    assert "has a wider review band (from 0.3, it was 0.4) than when" in refusal(
        kept, ROWS, alike(review=0.3)
    )
    run(kept, ROWS, alike(review=0.5))
    assert people(kept) == {"a b", "c"}
