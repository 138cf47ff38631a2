"""Which records become one customer."""

import random
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_platform.identity import OutputTables, RecordsError, RulesError, resolve
from customer_platform_tests.identity.helpers import (
    DAY_1,
    MAP,
    OUTPUT,
    Row,
    customers,
    expected_customers,
    ids,
    load,
    make_rules,
    read_map,
    run,
)

Connection = duckdb.DuckDBPyConnection

few_values = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c", "é", "日本", "x y", "A"]))
random_records = st.lists(
    st.tuples(few_values, few_values, few_values, few_values), max_size=40
).map(lambda values: [(f"s{i % 3}", f"r{i}", *row) for i, row in enumerate(values)])


@given(rows=random_records, cap=st.sampled_from([None, 2, 3, 5]))
@settings(max_examples=40, deadline=None)
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
        assert summary.records == len(rows)
        assert summary.customers == len(customers(connection))


@given(rows=random_records, seed=st.integers(0, 2**32))
@settings(max_examples=30, deadline=None)
def test_the_map_is_the_same_for_every_order_of_rows_and_number_of_threads(
    rows: list[Row], seed: int
) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))
    with duckdb.connect() as connection:
        connection.execute("set threads = 4")
        run(connection, rows)
        first = read_map(connection)
        connection.execute("set threads = 1")
        run(connection, shuffled)
        assert read_map(connection) == first


def test_a_large_map_is_the_same_for_every_order_of_rows_and_number_of_threads(
    connection: Connection,
) -> None:
    connection.execute(
        "create table ordered as select 's' || i % 5 as source, 'r' || i as id, "
        "'e' || hash(i, 1) % 200000 as email, 'p' || hash(i, 2) % 400000 as phone, "
        "'n' || hash(i, 3) % 500 as name, 'b' || hash(i, 4) % 500 as birth "
        "from range(300000) as numbers(i)"
    )
    resolve(connection, "ordered", make_rules(), None, OUTPUT, DAY_1)
    connection.execute(f"create table first_map as select * from {MAP}")
    connection.execute("create table shuffled as select * from ordered order by hash(id, 'x')")
    connection.execute("set threads = 1")
    connection.execute("set preserve_insertion_order = false")
    resolve(connection, "shuffled", make_rules(), None, OUTPUT, DAY_1)
    differing = connection.execute(
        f"select count(*) from (from first_map except from {MAP})"
    ).fetchall()
    assert differing == [(0,)]
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
    run(connection, rows[::-1])
    assert read_map(connection) == first
    assert first["s", "r00"].linked_to is None
    assert customers(connection) == expected_customers(rows, make_rules())


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
    assert len(customers(connection)) == 5
    assert connection.execute(
        "select * from identity.over_shared_values order by rule"
    ).fetchall() == [("email", "info@shop.nl", 4), ("name_birth", "Bo + 1990-01-01", 4)]
    assert [len(rule.over_shared) for rule in summary.rules] == [1, 1]


def test_records_that_share_an_over_shared_value_are_still_linked_by_another(
    connection: Connection,
) -> None:
    rules = make_rules(
        {"name": "email", "match": ["email"], "max_records_per_value": 2}, ("phone", ["phone"])
    )
    run(connection, [("s", str(i), "info@shop.nl", f"p{i % 2}") for i in range(4)], rules)
    assert len(customers(connection)) == 2


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


def test_records_without_any_key_are_each_their_own_customer(connection: Connection) -> None:
    run(connection, [("s", str(i)) for i in range(5)])
    assert len(customers(connection)) == 5


def test_no_records_give_an_empty_map(connection: Connection) -> None:
    summary = run(connection, [])
    assert (summary.records, summary.customers, summary.largest_customer) == (0, 0, 0)
    assert read_map(connection) == {}
    assert run(connection, [], carry_over=True).customers == 0


def test_one_record_is_one_customer(connection: Connection) -> None:
    run(connection, [("s", "1", "a@x.nl")])
    member = read_map(connection)["s", "1"]
    assert (member.rule, member.linked_to, member.valid_from) == (None, None, DAY_1)
    assert len(member.customer_id) == len("c_") + 20


def test_duplicate_records_are_refused_naming_up_to_five(connection: Connection) -> None:
    rows = [("crm", f"r{i}") for i in range(7)] * 2 + [("crm", "fine")]
    with pytest.raises(RecordsError) as refused:
        run(connection, rows)
    message = str(refused.value)
    assert message.startswith("7 record ids are given more than once: crm:r0 (2 times)")
    assert "crm:r4 (2 times), and 2 more; keep one row per source and id" in message
    assert "crm:r5" not in message


def test_records_without_an_id_are_refused_with_their_number(connection: Connection) -> None:
    with pytest.raises(RecordsError, match="2 records have no value in the column 'id'"):
        run(connection, [("s", None), ("s", ""), ("s", "1")])


def test_records_without_a_source_are_refused_when_the_rules_name_one(
    connection: Connection,
) -> None:
    with pytest.raises(RecordsError, match="1 records have no value in the column 'source'"):
        run(connection, [(None, "1"), ("s", "1")])


def test_a_column_that_is_not_there_is_refused_and_nothing_is_written(
    connection: Connection,
) -> None:
    load(connection, [("s", "1")])
    with pytest.raises(RulesError, match="match key 'email' uses the column 'email'"):
        resolve(connection, "select source, id from records", make_rules(), None, OUTPUT, DAY_1)
    assert (
        connection.execute(
            "select schema_name from duckdb_schemas() where schema_name = 'identity'"
        ).fetchall()
        == []
    )


def test_rules_without_a_source_leave_the_source_empty(connection: Connection) -> None:
    rules = make_rules(source=None)
    load(connection, [("a", "1", "x@x.nl"), ("b", "2", "x@x.nl")])
    resolve(connection, "records", rules, None, OUTPUT, DAY_1)
    resolve(connection, "records", rules, MAP, OUTPUT, DAY_1)
    rows = connection.execute(
        f"select source, linked_to_source, count(distinct customer_id) from {MAP} group by all"
    ).fetchall()
    assert rows == [(None, None, 1)]


def test_records_may_be_a_query_a_file_or_any_types(connection: Connection, tmp_path: Path) -> None:
    connection.execute(
        f"copy (select 's' as source, i as id, i // 2 as email, date '2000-01-01' as birth, "
        f"null::int as phone, i::double as name from range(4) as numbers(i)) "
        f"to '{tmp_path}/records.parquet'"
    )
    for records in (
        f"'{tmp_path}/records.parquet'",
        f"from read_parquet('{tmp_path}/records.parquet');",
        f"with them as (from '{tmp_path}/records.parquet') select * from them",
    ):
        summary = resolve(connection, records, make_rules(), None, OUTPUT, DAY_1)
        assert (summary.records, summary.customers) == (4, 2)


def test_unicode_and_very_long_values_link_by_every_character(connection: Connection) -> None:
    long = "ü" * 1_000_000
    rows = [
        ("s", "1", long + "a"),
        ("s", "2", long + "a"),
        ("s", "3", long + "b"),
        ("s", "4", "é"),
        ("s", "5", "e\u0301"),
        ("s", "日本\n'\"", "é"),
    ]
    run(connection, rows)
    found = ids(connection)
    assert found["1"] == found["2"] != found["3"]
    assert found["4"] == found["日本\n'\""] != found["5"]


def test_output_goes_where_it_is_asked_for_under_any_name(connection: Connection) -> None:
    load(connection, [("s", "1", "a")])
    output = OutputTables('my "schema', "map", "registry", "rules", "shared")
    resolve(connection, "records", make_rules(), None, output, DAY_1)
    tables = connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'my \"schema' order by all"
    ).fetchall()
    assert tables == [("map",), ("registry",), ("rules",), ("shared",)]


def test_a_failure_while_writing_leaves_every_table_as_it_was(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(connection, [("s", "1", "a")])
    before = read_map(connection)

    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("customer_platform.identity.output._write_statistics", fail)
    with pytest.raises(RuntimeError, match="disk full"):
        run(connection, [("s", "1", "a"), ("s", "2", "a")], carry_over=True)
    assert read_map(connection) == before
    assert (
        connection.execute("select table_name from duckdb_tables() where temporary").fetchall()
        == []
    )


def test_a_chain_of_100_000_records_is_one_customer(connection: Connection) -> None:
    connection.execute(
        "create table chain as select 's' as source, 'r' || i as id, "
        "'e' || (i + 1) // 2 as email, 'p' || i // 2 as phone, null as name, null as birth "
        "from range(100000) as numbers(i)"
    )
    summary = resolve(connection, "chain", make_rules(), None, OUTPUT, DAY_1)
    assert (summary.customers, summary.largest_customer) == (1, 100_000)
    assert sum(summary.seconds.values()) < 20


def test_a_star_of_100_000_records_is_one_customer(connection: Connection) -> None:
    connection.execute(
        "create table star as select 's' as source, 'r' || i as id, 'hub' as email, "
        "'p' || i as phone, null as name, null as birth from range(100000) as numbers(i)"
    )
    summary = resolve(connection, "star", make_rules(), None, OUTPUT, DAY_1)
    assert (summary.customers, summary.rules[0].links) == (1, 99_999)
    assert summary.rules[0].pairs == 100_000 * 99_999 // 2
    assert sum(summary.seconds.values()) < 20
