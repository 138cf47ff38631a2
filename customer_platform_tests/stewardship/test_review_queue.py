"""The review queue: which pairs are in it, in which order, and how they are shown."""

import sys

import duckdb
import pytest

from customer_platform.identity import ResolutionRules
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain.model import RecordName
from customer_platform.stewardship.explain.similarity import similarities
from customer_platform.stewardship.review import QueuedPair, pair_lines, read_queue
from customer_platform_tests.identity.helpers import (
    OUTPUT,
    Row,
    different,
    make_rules,
    run,
    same,
)
from customer_platform_tests.identity.similar.stub import keep_compared, keep_pairs, weights_between

# Links from 80 % (a weight of 2) on; to be reviewed from 40 % on.
SIMILAR = {"compare": ["phone", "name"], "threshold": 0.8, "review": 0.4, "cohesion": 0}
RULES = make_rules(("email", ["email"]), {"name": "similar", "similar": SIMILAR})

# One customer each of three, two and one record.
ROWS: list[Row] = [
    ("s", "a1", "a", "1", "smith"),
    ("s", "a2", "a"),
    ("s", "a3", "a"),
    ("s", "b1", "b", "1", "smyth"),
    ("s", "b2", "b"),
    ("s", "c1", "c", None, "smith"),
    ("s", "d1", "d"),
]


def review(
    connection: duckdb.DuckDBPyConnection,
    *pairs: tuple[str, str, float],
    rows: list[Row] = ROWS,
    rules: ResolutionRules = RULES,
    **options: object,
) -> list[QueuedPair]:
    """The queue after a run by these pairs."""
    keep_pairs(connection, rows, rules, {"other": {}, **weights_between(*pairs)})
    run(connection, rows, rules, **options)  # type: ignore[arg-type]
    return read_queue(IdentityStore(connection, "records", RULES, OUTPUT))


def named(queue: list[QueuedPair]) -> list[str]:
    return [" ".join(sorted((each.record.record_id, each.other.record_id))) for each in queue]


def side_by_side(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select side_by_side from identity.review_queue order by position"
    ).fetchall()
    return [row[0] for row in rows]


def test_the_pair_that_is_expected_to_join_most_pairs_of_records_comes_first(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    queue = review(connection, ("a1", "b1", 0.0), ("a1", "c1", 1.0), ("c1", "d1", 1.5))
    # 1/2 of 3 times 2, 2/3 of 3 times 1, and 74 % of 1.
    assert named(queue) == ["a1 b1", "a1 c1", "c1 d1"]
    assert [each.position for each in queue] == [1, 2, 3]
    assert [sorted((each.records, each.other_records)) for each in queue] == [
        [2, 3],
        [1, 3],
        [1, 1],
    ]
    expected = connection.execute(
        "select expected_pairs from identity.review_queue order by position"
    ).fetchall()
    assert [row[0] for row in expected] == pytest.approx([3, 2, 0.7388], abs=1e-4)


def test_two_customers_are_asked_about_once_by_their_likeliest_pair(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    queue = review(connection, ("a1", "b1", 0.5), ("a2", "b2", 1.0), ("b1", "a3", 0.0))
    assert named(queue) == ["a2 b2"]
    counted = connection.execute("select similar_pairs from identity.review_queue").fetchall()
    assert counted == [(3,)]


def test_pairs_that_link_and_pairs_below_the_band_are_not_asked_about(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert review(connection, ("a1", "b1", 2.0), ("a1", "c1", -1.0)) == []


def test_pairs_of_one_customer_are_not_asked_about(connection: duckdb.DuckDBPyConnection) -> None:
    pairs = (("a1", "a2", 1.0), ("a1", "b1", 1.0), ("c1", "d1", 1.0))
    assert named(review(connection, *pairs)) == ["a1 b1", "c1 d1"]
    assert named(review(connection, *pairs, overrides=[same("a3", "b2")])) == ["c1 d1"]


def test_customers_that_an_override_keeps_apart_are_not_asked_about(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    pairs = (("a1", "b1", 1.0), ("c1", "d1", 1.0))
    assert named(review(connection, *pairs, overrides=[different("b2", "a3")])) == ["c1 d1"]
    assert named(review(connection, *pairs, overrides=[different("b2", "c1")])) == [
        "a1 b1",
        "c1 d1",
    ]


def test_values_stand_side_by_side_and_what_neither_has_is_left_out(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    review(connection, ("a1", "b1", 1.0), ("a1", "c1", 1.0), ("c1", "d1", 1.0))
    one, two, three = side_by_side(connection)
    assert one in ("phone = 1; name: smith | smyth", "phone = 1; name: smyth | smith")
    assert two in ("phone: 1 | -; name = smith", "phone: - | 1; name = smith")
    assert three in ("name: smith | -", "name: - | smith")


def test_a_queue_may_be_read_by_rule_and_several_rules_ask_each_for_itself(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rules = make_rules(
        ("email", ["email"]),
        {"name": "similar", "similar": SIMILAR},
        {"name": "other", "similar": SIMILAR},
    )
    keep_pairs(
        connection,
        ROWS,
        rules,
        {**weights_between(("a1", "b1", 1.0)), **weights_between(("a1", "b1", 1.5), rule="other")},
    )
    run(connection, ROWS, rules)
    assert [
        each.rule for each in read_queue(IdentityStore(connection, "records", RULES, OUTPUT))
    ] == ["other", "similar"]
    assert [
        each.position
        for each in read_queue(IdentityStore(connection, "records", RULES, OUTPUT), "similar")
    ] == [2]


def test_records_of_the_same_id_in_other_sources_are_told_apart(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows: list[Row] = [("s", "1", "a", "1"), ("s", "2", "b", "1"), ("t", "1", "c", "999")]
    [queued] = review(connection, ("1", "2", 1.0), rows=rows)
    assert queued.pair == (RecordName("s", "1"), RecordName("s", "2"))
    assert side_by_side(connection) == ["phone = 1"]


def test_the_queue_is_made_anew_by_every_run_and_goes_with_the_last_similar_rule(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    assert read_queue(IdentityStore(connection, "records", RULES, OUTPUT)) == []
    assert len(review(connection, ("a1", "b1", 1.0))) == 1
    assert review(connection) == []
    run(connection, ROWS, make_rules(("email", ["email"])))
    tables = connection.execute(
        "select table_name from duckdb_tables() where table_name like '%review%'"
    ).fetchall()
    assert tables == []
    assert read_queue(IdentityStore(connection, "records", RULES, OUTPUT)) == []


def test_a_pair_is_shown_with_what_each_value_says_masked_or_not(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    [queued] = review(connection, ("a1", "b1", 1.0))
    keep_compared(connection, "records", RULES, weights_between(("a1", "b1", 1.0)))
    store, rule = IdentityStore(connection, "records", RULES, OUTPUT), RULES.match_rules[1]
    found = similarities(store, rule, [queued.pair])[queued.pair]
    lines = list(pair_lines(queued, found))
    assert lines[0].startswith("1. 66.7 % likely the same, by similar; would join ")
    assert {"2 records", "3 records"} <= {
        part.strip() for part in lines[0].split("would join ")[1].split(" and ")
    }
    assert lines[1].split() == ["s:a1", "s:b1", "log2", "odds"]
    assert lines[2].split() == ["phone", "1", "1", "equal", "+5.0"]
    assert lines[3].split()[:3] == ["name", "smith", "smyth"]
    masked = "\n".join(pair_lines(queued, found, lambda column, value: "***"))
    assert "smith" not in masked
    assert "***" in masked
    monkeypatch.setitem(sys.modules, "splink", None)
    assert similarities(store, rule, [queued.pair]) == {}
    [_, told] = pair_lines(queued, None)
    assert told.startswith("  s:a1 and s:b1: Splink isn't installed")
