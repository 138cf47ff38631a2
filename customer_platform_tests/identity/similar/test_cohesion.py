"""Similar pairs link the surest first, as far as constraints and cohesion allow."""

import random
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_platform.identity import Override, ResolutionRules
from customer_platform_tests.identity.helpers import (
    Row,
    customers,
    different,
    forget,
    make_rules,
    people,
    read_map,
    refused,
    run,
    same,
)
from customer_platform_tests.identity.keeping.kept import check_proofs
from customer_platform_tests.identity.matching.test_against_reference import links, refusals
from customer_platform_tests.identity.reference import record_order, resolve_plainly
from customer_platform_tests.identity.similar.stub import (
    keep_pairs,
    lone_records,
    weights_between,
)
from customer_platform_tests.identity.strategies import (
    contested_records,
    random_overrides,
    random_similar_rules,
)

CERTAIN, SURE, LIKELY, EVEN = 60.0, 5.0, 3.0, 0.0


def similar(cohesion: float) -> dict[str, Any]:
    settings = {"compare": ["email", "phone"], "threshold": 0.6, "review": 0.4}
    return {"name": "similar", "similar": settings | {"cohesion": cohesion}}


@given(rows=contested_records, rules=random_similar_rules(), overrides=random_overrides())
@settings(max_examples=20)
def test_customers_and_refused_links_are_those_of_trying_every_pair(
    rows: list[Row], rules: ResolutionRules, overrides: list[Override]
) -> None:
    with duckdb.connect() as connection:
        weights = keep_pairs(connection, rows, rules)
        run(connection, rows, rules, overrides=overrides)
        order = record_order(connection, rows)
        expected = resolve_plainly(rows, rules, overrides, order, weights)
        assert customers(connection) == expected.customers
        assert refusals(connection) == sorted(expected.refused)
        by_rule = {rule: count for rule, count in expected.links.items() if rule != "override"}
        assert links(connection) == by_rule
        check_proofs(connection)


@given(
    rows=contested_records,
    rules=random_similar_rules(),
    overrides=random_overrides(),
    seed=st.integers(0, 2**32),
)
@settings(max_examples=5)
def test_map_and_refused_links_are_the_same_for_every_order_of_rows_and_number_of_threads(
    rows: list[Row], rules: ResolutionRules, overrides: list[Override], seed: int
) -> None:
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        keep_pairs(connection, rows, rules)
        run(connection, rows, rules, overrides=overrides)
        before = read_map(connection), refusals(connection)
        forget(connection)
        connection.execute("set threads = 1")
        mixed = random.Random(seed)
        shuffled = mixed.sample(rows, len(rows))
        keep_pairs(connection, shuffled, rules)
        # As Splink gives them: in any order.
        connection.execute(
            "create or replace table identity.similar_pairs as "
            "from identity.similar_pairs order by random()"
        )
        run(connection, shuffled, rules, overrides=mixed.sample(overrides, len(overrides)))
        assert (read_map(connection), refusals(connection)) == before


def test_a_chain_is_cut_where_what_it_joins_is_not_cohesive(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = lone_records("a b c d")
    chain = weights_between(("a", "b", SURE), ("c", "d", SURE), ("b", "c", LIKELY))
    keep_pairs(connection, rows, make_rules(similar(0.3)), chain)
    run(connection, rows, make_rules(similar(0.3)))
    # One of four pairs is similar: 0.89 / 4.
    assert people(connection) == {"a b", "c d"}
    [(rule, one, other, refused_by, *_)] = refused(connection)
    assert (rule, {one, other}, refused_by) == ("similar", {"b", "c"}, "cohesion")
    keep_pairs(connection, rows, make_rules(similar(0.2)), chain)
    run(connection, rows, make_rules(similar(0.2)))
    assert people(connection) == {"a b c d"}
    assert refused(connection) == []


def test_pairs_of_the_review_band_speak_for_cohesion_but_link_nobody(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = lone_records("a b c d")
    rules = make_rules(similar(0.3))
    pairs = [("a", "b", SURE), ("c", "d", SURE), ("b", "c", LIKELY), ("a", "d", EVEN)]
    keep_pairs(connection, rows, rules, weights_between(*pairs))
    run(connection, rows, rules)
    assert people(connection) == {"a b c d"}
    keep_pairs(connection, rows, rules, weights_between(("a", "d", EVEN)))
    run(connection, rows, rules, everything=True)
    assert people(connection) == {"a", "b", "c", "d"}


def test_what_a_rule_before_has_joined_is_one_group(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = [("s", name, email) for name, email in zip("abcdef", "111222", strict=True)]
    chain = weights_between(("a", "d", LIKELY))
    email = ("email", ["email"])
    for rules in (make_rules(email, similar(0.8)), make_rules(similar(0.8), email)):
        keep_pairs(connection, rows, rules, chain)
        run(connection, rows, rules)
        assert people(connection) == {"a b c d e f"}
    apart = lone_records("a b c d e f")
    rules = make_rules(similar(0.8))
    sure = [(*pair, SURE) for pair in ("ab", "bc", "ac", "de", "ef", "df")]
    keep_pairs(connection, apart, rules, weights_between(*sure, ("a", "d", LIKELY)))
    run(connection, apart, rules)
    assert people(connection) == {"a b c", "d e f"}


def test_the_surest_pair_wins_where_a_limit_allows_only_one(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = [("s", "a", "1"), ("s", "b", None), ("s", "c", "2")]
    rules = make_rules(similar(0.0), limits={"email": 1})
    for weights, together in ((LIKELY, SURE), "b c"), ((SURE, LIKELY), "a b"):
        keep_pairs(
            connection,
            rows,
            rules,
            weights_between(("a", "b", weights[0]), ("b", "c", weights[1])),
        )
        run(connection, rows, rules, everything=True)
        assert together in people(connection)
        assert [(row[0], row[3]) for row in refused(connection)] == [("similar", "limit email")]


def test_overrides_come_before_similar_pairs(connection: duckdb.DuckDBPyConnection) -> None:
    rows = lone_records("a b c")
    rules = make_rules(similar(0.9))
    keep_pairs(connection, rows, rules, weights_between(("a", "b", CERTAIN)))
    run(connection, rows, rules, overrides=[different("a", "b"), same("b", "c")])
    assert people(connection) == {"a", "b c"}
    [(_, one, other, refused_by, *_)] = refused(connection)
    assert ({one, other}, refused_by) == ({"a", "b"}, "override different")


@pytest.mark.parametrize("cohesion", [0.0, 0.5, 1.0])
def test_certain_pairs_between_all_are_always_cohesive(
    connection: duckdb.DuckDBPyConnection, cohesion: float
) -> None:
    rows = lone_records("a b c d")
    rules = make_rules(similar(cohesion))
    everyone = [(*pair, CERTAIN) for pair in ("ab", "ac", "ad", "bc", "bd", "cd")]
    keep_pairs(connection, rows, rules, weights_between(*everyone))
    run(connection, rows, rules)
    assert people(connection) == {"a b c d"}


def test_the_rule_s_statistics_count_the_pairs_that_link(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rows = lone_records("a b c d")
    rules = make_rules(similar(0.9))
    pairs = [("a", "b", SURE), ("b", "c", LIKELY), ("c", "d", EVEN)]
    keep_pairs(connection, rows, rules, weights_between(*pairs))
    run(connection, rows, rules)
    assert connection.execute(
        "select match_keys, links, pairs, matched_records from identity.match_rule_statistics"
    ).fetchall() == [("similar: email, phone", 1, 2, 3)]
