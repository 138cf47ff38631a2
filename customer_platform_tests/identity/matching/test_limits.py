"""Limits hold through every chain, and what they refuse is listed."""

import duckdb
import pytest

from customer_platform.identity import Delta, update_map
from customer_platform_tests.identity.helpers import (
    DAY_1,
    OUTPUT,
    Row,
    ids,
    make_rules,
    people,
    refused,
    run,
    same,
)

Connection = duckdb.DuckDBPyConnection

ONE_CARD = make_rules(("email", ["email"]), ("phone", ["phone"]), limits={"name": 1})


@pytest.mark.parametrize("length", [3, 50])
def test_two_cards_never_meet_through_a_chain_of_records_without_one(
    connection: Connection, length: int
) -> None:
    """Fails if a limit looks at the two records of a link rather than at their clusters."""
    rows: list[Row] = [
        (
            "s",
            f"r{i:02}",
            f"e{(i + 1) // 2}",
            f"p{i // 2}",
            {0: "card 1", length - 1: "card 2"}.get(i),
        )
        for i in range(length)
    ]
    run(connection, rows, make_rules(("email", ["email"]), ("phone", ["phone"])))
    assert len(people(connection)) == 1
    summary = run(connection, rows, ONE_CARD)
    assert ids(connection)["r00"] != ids(connection)[f"r{length - 1:02}"]
    assert len(people(connection)) == 2
    assert summary.refused_links == 1
    [(_, _, _, refused_by, this_side, other_side)] = refused(connection)
    assert refused_by == "limit name"
    assert {this_side, other_side} == {"s:r00", f"s:r{length - 1:02}"}


def test_the_link_of_the_rule_with_priority_is_made_and_the_other_refused(
    connection: Connection,
) -> None:
    rows: list[Row] = [
        ("s", "card 1", "a", None, "1"),
        ("s", "none", "a", "p"),
        ("s", "card 2", None, "p", "2"),
    ]
    run(connection, rows, ONE_CARD)
    assert people(connection) == {"card 1 none", "card 2"}
    assert [row[0] for row in refused(connection)] == ["phone"]
    run(
        connection,
        rows,
        make_rules(("phone", ["phone"]), ("email", ["email"]), limits={"name": 1}),
    )
    assert people(connection) == {"card 1", "card 2 none"}
    assert [row[0] for row in refused(connection)] == ["email"]


def test_records_with_the_same_limited_value_are_not_kept_apart(connection: Connection) -> None:
    rows: list[Row] = [("s", str(i), "a", None, "card") for i in range(4)]
    assert run(connection, rows, ONE_CARD).refused_links == 0
    assert people(connection) == {"0 1 2 3"}


def test_nulls_empty_strings_and_ignored_values_do_not_count_for_a_limit(
    connection: Connection,
) -> None:
    rules = make_rules(
        ("email", ["email"]), limits={"name": 1}, ignored_values={"name": ["unknown", "?*"]}
    )
    names = ["card", None, "", "unknown", "??"]
    run(connection, [("s", str(i), "a", None, name) for i, name in enumerate(names)], rules)
    assert len(people(connection)) == 1


def test_a_customer_may_have_as_many_values_as_the_limit_says(connection: Connection) -> None:
    rows: list[Row] = [("s", str(i), "a", None, f"card {i}") for i in range(5)]
    for limit, customers in ((1, 5), (2, 3), (3, 2), (4, 2), (5, 1), (6, 1)):
        run(connection, rows, make_rules(("email", ["email"]), limits={"name": limit}))
        assert len(people(connection)) == customers


def test_every_limit_counts_and_the_first_that_is_broken_is_named(connection: Connection) -> None:
    rows: list[Row] = [
        ("s", "1", "a", None, "n1", "b1"),
        ("s", "2", "a", None, "n1", "b2"),
        ("s", "3", "z", None, "n1", "b1"),
        ("s", "4", "z", None, "n2", "b2"),
    ]
    rules = make_rules(("email", ["email"]), limits={"name": 1, "birth": 1})
    run(connection, rows, rules)
    assert len(people(connection)) == 4
    assert sorted(row[3] for row in refused(connection)) == ["limit birth", "limit name"]


def test_a_hub_value_forms_one_customer_per_card_and_lists_each_pair_of_customers_per_record(
    connection: Connection,
) -> None:
    rows: list[Row] = [("s", f"r{i}", "hub", None, f"card {i % 3}") for i in range(30)]
    summary = run(connection, rows, ONE_CARD)
    assert summary.customers == 3
    listed = {(record, other) for _, record, other, *_ in refused(connection)}
    assert len(listed) == summary.refused_links
    cards = {f"r{i}": i % 3 for i in range(30)}
    assert all(cards[record] != cards[other] for record, other in listed)
    assert all(
        len({cards[o] for r, o in listed if r == record})
        == len([r for r, _ in listed if r == record])
        for record in cards
    )


def test_a_record_of_a_hub_is_tried_once_per_customer_rather_than_once_per_record(
    connection: Connection,
) -> None:
    connection.execute(
        "create table hub as select 's' as source, 'r' || i as id, 'hub' as email, "
        "null as phone, 'card ' || i % 200 as name, null as birth from range(20000) as numbers(i)"
    )
    summary = update_map(connection, Delta("hub"), ONE_CARD, OUTPUT, DAY_1)
    assert summary.customers == 200
    # The 100 records of the n-th customer are refused by the n before it: 100 * (0 + ... + 199).
    assert summary.refused_links == 1_990_000


def test_a_limit_that_is_lifted_joins_again_and_lists_nothing(connection: Connection) -> None:
    rows: list[Row] = [("s", str(i), "a", None, f"card {i}") for i in range(3)]
    run(connection, rows, ONE_CARD)
    first = ids(connection)
    assert len(refused(connection)) == 3
    run(connection, rows, make_rules(("email", ["email"]), ("phone", ["phone"])))
    assert len(people(connection)) == 1
    assert refused(connection) == []
    assert set(ids(connection).values()) == {min(first.values())}


def test_a_card_that_is_corrected_frees_the_link(connection: Connection) -> None:
    rows: list[Row] = [("s", "1", "a", None, "x"), ("s", "2", "a", None, "y"), ("s", "3", "b")]
    run(connection, rows, ONE_CARD)
    assert people(connection) == {"1", "2", "3"}
    summary = run(connection, [rows[0], ("s", "2", "a", None, "x"), rows[2]], ONE_CARD)
    assert people(connection) == {"1 2", "3"}
    assert (summary.refused_links, summary.touched_records) == (0, 2)


def test_the_key_of_a_limit_need_not_be_in_any_rule_and_its_change_is_noticed(
    connection: Connection,
) -> None:
    rows: list[Row] = [("s", "1", "a", None, "x"), ("s", "2", "a", None, "x")]
    run(connection, rows, ONE_CARD)
    summary = run(connection, [rows[0], ("s", "2", "a", None, "y")], ONE_CARD)
    assert summary.changed_records == 1
    assert people(connection) == {"1", "2"}


ONE_NAME = make_rules(("email", ["email"]), people=["name"], limits={"name": 1})


def test_a_couple_with_one_address_are_two_customers_and_the_nameless_record_is_of_one(
    connection: Connection,
) -> None:
    rows: list[Row] = [
        ("crm", "jan", "we@x.nl", None, "Jan"),
        ("web", "j", "we@x.nl", None, "J."),
        ("crm", "maria", "we@x.nl", None, "Maria"),
        ("web", "mariia", "we@x.nl", None, "Mariia"),
        ("news", "letter", "we@x.nl"),
    ]
    run(connection, rows, ONE_NAME)
    by_record = ids(connection)
    assert by_record["jan"] == by_record["j"] != by_record["maria"] == by_record["mariia"]
    assert by_record["letter"] in (by_record["jan"], by_record["maria"])
    assert {row[3] for row in refused(connection)} == {"limit name"}


def test_a_steward_may_call_two_names_one_persons_to_whom_nobody_else_is_added(
    connection: Connection,
) -> None:
    rows: list[Row] = [
        ("s", "jan", "we@x.nl", None, "Jan"),
        ("s", "tinus", "other@x.nl", "p", "Tinus"),
        ("s", "tinus too", None, "p", "Tinus"),
        ("s", "maria", "we@x.nl", None, "Maria"),
    ]
    rules = make_rules(
        ("email", ["email"]), ("phone", ["phone"]), people=["name"], limits={"name": 1}
    )
    run(connection, rows, rules, overrides=[same("jan", "tinus")])
    by_record = ids(connection)
    assert by_record["jan"] == by_record["tinus"] == by_record["tinus too"] != by_record["maria"]
    assert {row[3] for row in refused(connection)} == {"limit name"}


def test_a_limit_on_a_key_that_names_nobody_counts_every_spelling(connection: Connection) -> None:
    rows: list[Row] = [("s", "1", "a", None, "Jan"), ("s", "2", "a", None, "J.")]
    run(connection, rows, make_rules(("email", ["email"]), limits={"name": 1}))
    assert len(people(connection)) == 2


def test_a_source_that_knows_everybody_once_has_at_most_one_record_per_customer(
    connection: Connection,
) -> None:
    rules = make_rules(("email", ["email"]), ("phone", ["phone"]), max_records_per_source={"a": 1})
    rows: list[Row] = [
        ("a", "1", "x", None),
        ("b", "2", "x", "p"),
        ("b", "3", None, "p"),
        ("a", "4", None, "p"),
    ]
    run(connection, rows, rules)
    by_record = ids(connection)
    assert by_record["1"] == by_record["2"] != by_record["4"]
    assert len(people(connection)) == 2
    assert [row[3] for row in refused(connection)] == ["max_records_per_source a"]
    assert {refused(connection)[0][4], refused(connection)[0][5]} == {"a:1", "a:4"}
