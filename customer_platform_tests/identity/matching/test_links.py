"""Which records become one customer by the match rules."""

import random

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.identity import Delta, update_map
from customer_platform_tests.identity.helpers import (
    DAY_1,
    MAP,
    OUTPUT,
    Row,
    customers,
    expected_customers,
    forget,
    ids,
    load,
    make_rules,
    people,
    read_map,
    run,
)
from customer_platform_tests.identity.strategies import random_records
from customer_platform_tests.support.examples import examples

Connection = duckdb.DuckDBPyConnection


@given(rows=random_records, cap=st.sampled_from([None, 2, 3, 5]))
@examples(8)
def test_customers_are_the_connected_components_that_scipy_finds(
    rows: list[Row], cap: int | None
) -> None:
    rules = make_rules(
        {"name": "email", "match": ["email"], "max_records_per_value": cap},
        ("phone_name", ["phone", "name"]),
        {"name": "name_birth", "match": ["name", "birth"], "max_records_per_value": cap},
    )
    with duckdb.connect() as connection:
        summary = run(connection, rows, rules)
        assert customers(connection) == expected_customers(rows, rules)
        assert (summary.records, summary.customers) == (len(rows), len(customers(connection)))
        assert summary.largest_customer == max(map(len, customers(connection)), default=0)


@given(rows=random_records, seed=st.integers(0, 2**32))
@examples(4)
def test_limits_that_nothing_breaks_change_nothing(rows: list[Row], seed: int) -> None:
    with duckdb.connect() as connection:
        run(connection, rows)
        free = read_map(connection)
        forget(connection)
        mixed = random.Random(seed).sample(rows, len(rows))
        run(connection, mixed, make_rules(limits={"email": 8, "birth": 8}))
        assert read_map(connection) == free


def test_a_large_map_is_the_same_for_every_order_of_rows_and_number_of_threads(
    connection: Connection,
) -> None:
    rules = make_rules(limits={"name": 2})
    connection.execute(
        "create table ordered as select 's' || i % 5 as source, 'r' || i as id, "
        "'e' || hash(i, 1) % 70000 as email, 'p' || hash(i, 2) % 140000 as phone, "
        "'n' || hash(i, 3) % 300 as name, 'b' || hash(i, 4) % 300 as birth "
        "from range(100000) as numbers(i)"
    )
    connection.execute("set threads = 4")
    update_map(connection, Delta("ordered"), rules, OUTPUT, DAY_1)
    for table in ("customer_id_map", "refused_links"):
        connection.execute(f"create table first_{table} as select * from identity.{table}")
    connection.execute("create table shuffled as select * from ordered order by hash(id, 'x')")
    forget(connection)
    connection.execute("set threads = 1")
    connection.execute("set preserve_insertion_order = false")
    update_map(connection, Delta("shuffled"), rules, OUTPUT, DAY_1)
    for table in ("customer_id_map", "refused_links"):
        differing = connection.execute(
            f"select count(*), (select count(*) from first_{table}) "
            f"from (from first_{table} except all from identity.{table})"
        ).fetchall()[0]
        assert differing[0] == 0 < differing[1]
    assert connection.execute("select current_setting('preserve_insertion_order')").fetchall() == [
        (False,)
    ]


def test_record_order_falls_back_on_names_when_hashes_collide(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customer_platform.identity.staging.RECORD_ORDER", "0::ubigint")
    rows = [("s", f"r{i:02}", f"e{i % 7}") for i in range(30)]
    run(connection, rows)
    first = read_map(connection)
    forget(connection)
    run(connection, rows[::-1])
    assert read_map(connection) == first
    assert first["s", "r00"].linked_to is None
    assert customers(connection) == expected_customers(rows, make_rules())


def test_records_with_colliding_hashes_are_told_apart_in_updates(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "customer_platform.identity.staging.RECORD_ORDER", "hash(source, record_id) % 3"
    )
    rows: list[Row] = [("s", f"r{i:02}", f"e{i % 7}") for i in range(30)]
    run(connection, rows)
    for step in range(4):
        rows = [("s", f"r{i:02}", f"e{(i + (i + step) % 5 // 4) % 7}") for i in range(step, 30)]
        summary = run(connection, rows)
        assert customers(connection) == expected_customers(rows, make_rules())
        assert summary.records == len(rows)


def test_nulls_and_empty_strings_never_link(connection: Connection) -> None:
    without_birth = [None, "Bo", None]
    rows: list[Row] = [("s", "1", "", *without_birth), ("s", "2", "", *without_birth)]
    run(connection, [*rows, ("s", "3", None, "", "Bo", ""), ("s", "4", None, "", "Bo", "")])
    assert len(customers(connection)) == 4


def test_every_key_of_a_rule_must_be_equal(connection: Connection) -> None:
    rules = make_rules(("name_birth", ["name", "birth"]))
    rows = [
        ("s", "1", None, None, "ab", "c"),
        ("s", "2", None, None, "a", "bc"),
        ("s", "3", None, None, "ab", "d"),
        ("s", "4", None, None, "c", "ab"),
    ]
    run(connection, rows, rules)
    assert len(customers(connection)) == 4


def test_a_value_above_the_cap_links_nobody_and_is_reported_with_its_count(
    connection: Connection,
) -> None:
    rules = make_rules(
        {"name": "email", "match": ["email"], "max_records_per_value": 2},
        {"name": "name_birth", "match": ["name", "birth"], "max_records_per_value": 2},
    )
    rows: list[Row] = [("s", str(i), "info@shop.nl", None, "Bo", "1990-01-01") for i in range(4)]
    rows += [("s", "a", "two@x.nl"), ("s", "b", "two@x.nl")]
    summary = run(connection, rows, rules)
    assert people(connection) == {"0", "1", "2", "3", "a b"}
    assert connection.execute(
        "select rule, value, records from identity.over_shared_values order by rule"
    ).fetchall() == [("email", "info@shop.nl", 4), ("name_birth", "Bo + 1990-01-01", 4)]
    assert summary.over_shared_records == 4


def test_a_value_is_over_shared_only_while_too_many_share_it(connection: Connection) -> None:
    rules = make_rules({"name": "email", "match": ["email"], "max_records_per_value": 2})
    rows = [("s", str(i), "hub") for i in range(4)]
    for shared, expected in ((2, {"0 1"}), (4, {"0", "1", "2", "3"}), (3, {"0", "1", "2"})):
        run(connection, rows[:shared], rules)
        assert people(connection) == expected
    run(connection, rows[:2], rules)
    assert people(connection) == {"0 1"}
    assert connection.execute("from identity.over_shared_values").fetchall() == []


def test_few_of_many_that_share_an_over_shared_value_are_not_linked_when_only_they_change(
    connection: Connection,
) -> None:
    """Fails if an update counts the sharers among the records that it resolves alone."""
    rules = make_rules(
        {"name": "email", "match": ["email"], "max_records_per_value": 3}, ("phone", ["phone"])
    )
    rows: list[Row] = [("s", str(i), "hub", f"p{i}") for i in range(6)]
    run(connection, rows, rules)
    summary = run(connection, [("s", "0", "hub", "x"), ("s", "1", "hub", "y"), *rows[2:]], rules)
    assert summary.touched_records == 2
    assert people(connection) == {"0", "1", "2", "3", "4", "5"}
    assert summary.over_shared_records == 6


def test_records_that_share_an_over_shared_value_are_still_linked_by_another(
    connection: Connection,
) -> None:
    rules = make_rules(
        {"name": "email", "match": ["email"], "max_records_per_value": 2}, ("phone", ["phone"])
    )
    run(connection, [("s", str(i), "info@shop.nl", f"p{i % 2}") for i in range(4)], rules)
    assert people(connection) == {"0 2", "1 3"}


ONE_SHOP = make_rules(
    {"name": "email", "match": ["email"], "max_people_per_value": 3}, people=["name", "birth"]
)


def test_a_loyal_customer_keeps_sixty_records_and_an_address_of_many_people_links_nobody(
    connection: Connection,
) -> None:
    spelt = ("Jan", "J.", "Johan", None, "JAN", "Jna")
    loyal = [("s", f"l{i:02}", "jan@x.nl", None, spelt[i % 6], "de Vries") for i in range(60)]
    shop = [("s", f"{name}", "info@shop.nl", None, name, "Smit") for name in ("Ann", "Bob", "Cas")]
    run(connection, [*loyal, *shop], ONE_SHOP)
    assert {len(customer) for customer in customers(connection)} == {60, 3}
    assert connection.execute("from identity.over_shared_values").fetchall() == []
    shop.append(("s", "Dora", "info@shop.nl", None, "Dora", "Smit"))
    run(connection, [*loyal, *shop], ONE_SHOP)
    assert sorted(len(customer) for customer in customers(connection)) == [1, 1, 1, 1, 60]
    assert connection.execute(
        "select rule, value, records, people from identity.over_shared_values"
    ).fetchall() == [("email", "info@shop.nl", 4, 4)]


@pytest.mark.parametrize("position", [4, 5])
def test_people_differ_by_any_of_their_names(connection: Connection, position: int) -> None:
    names = ("Ann", "Bob", "Cas", "Dora")
    rows = [["s", name, "hub", None, "Eva", "Smit"] for name in names]
    for row in rows:
        row[position] = row[1]
    run(connection, rows, ONE_SHOP)
    assert len(customers(connection)) == 4


def test_a_name_that_changes_counts_the_people_of_its_value_again(connection: Connection) -> None:
    """Fails if an update trusts a count of people after one of them has become another."""
    rows: list[Row] = [("s", name, "hub", None, name) for name in ("Ann", "Bob", "Cas", "Dora")]
    run(connection, rows, ONE_SHOP)
    assert len(customers(connection)) == 4
    run(connection, [*rows[:3], ("s", "Dora", "hub", None, "Bobby")], ONE_SHOP)
    assert len(customers(connection)) == 1
    run(connection, [*rows[:3], ("s", "Dora", "hub", None, "Pim")], ONE_SHOP)
    assert len(customers(connection)) == 4


def test_ignored_values_never_link(connection: Connection) -> None:
    rules = make_rules(
        ignored_values={"email": ["test@test.com", "noreply@*", "100%_*\\*"], "phone": ["it's"]}
    )
    linking = ["test@test.comx", "anoreply@x.nl", "100%xa\\b", "100x_a\\b", "Test@test.com"]
    ignored = ["test@test.com", "noreply@", "noreply@x.nl", "100%_a\\b"]
    rows: list[Row] = [
        ("s", f"{value} {i}", value) for value in linking + ignored for i in range(2)
    ]
    rows += [("s", "p1", None, "it's"), ("s", "p2", None, "it's")]
    run(connection, rows, rules)
    found = ids(connection)
    assert all(found[f"{value} 0"] == found[f"{value} 1"] for value in linking)
    assert all(found[f"{value} 0"] != found[f"{value} 1"] for value in ignored)
    assert found["p1"] != found["p2"]


def test_the_same_record_id_in_two_sources_is_two_records(connection: Connection) -> None:
    run(connection, [("crm", "1", "a@x.nl"), ("pos", "1", "b@x.nl")])
    assert len(customers(connection)) == 2


def test_rules_without_a_source_leave_the_source_empty(connection: Connection) -> None:
    rules = make_rules(source=None)
    records = load(connection, [("a", "1", "x@x.nl"), ("b", "2", "x@x.nl")])
    for day in range(2):
        update_map(connection, Delta(records), rules, OUTPUT, DAY_1.replace(day=1 + day))
        rows = connection.execute(
            f"select source, linked_to_source, count(distinct customer_id) from {MAP} group by all"
        ).fetchall()
        assert rows == [(None, None, 1)]


def test_unicode_and_very_long_values_link_by_every_character(connection: Connection) -> None:
    long = "ü" * 1_000_000
    rows: list[Row] = [
        ("s", "1", long + "a"),
        ("s", "2", long + "a"),
        ("s", "3", long + "b"),
        ("s", "4", "é"),
        ("s", "5", "e\u0301"),
        ("s", "日本\n'\"", "é"),
    ]
    for _ in range(2):
        run(connection, rows, make_rules(limits={"email": 1}))
        found = ids(connection)
        assert found["1"] == found["2"] != found["3"]
        assert found["4"] == found["日本\n'\""] != found["5"]
        rows = [*rows, ("s", "6", long + "b")]
