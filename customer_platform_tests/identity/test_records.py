"""What records may be, and which are refused."""

from pathlib import Path

import duckdb
import pytest

from customer_platform.errors import RecordsError, RulesError
from customer_platform.identity import Delta, OutputTables, update_map
from customer_platform_tests.identity.helpers import (
    DAY_1,
    DAY_2,
    OUTPUT,
    Row,
    customers,
    load,
    make_rules,
    next_day,
    read_map,
    registry,
    run,
)
from customer_platform_tests.identity.keeping.kept import read_everything

Connection = duckdb.DuckDBPyConnection


def test_records_without_any_key_are_each_their_own_customer(connection: Connection) -> None:
    run(connection, [("s", str(i)) for i in range(5)])
    assert len(customers(connection)) == 5


def test_no_records_give_an_empty_map(connection: Connection) -> None:
    for _ in range(2):
        summary = run(connection, [])
        assert (summary.records, summary.customers, summary.largest_customer) == (0, 0, 0)
        assert read_map(connection) == {}
    assert run(connection, [("s", "1", "a")]).new_records == 1


@pytest.mark.parametrize("everything", [False, True])
def test_when_all_records_are_deleted_all_ids_are_retired(
    connection: Connection, everything: bool
) -> None:
    rules = make_rules(
        {"name": "email", "match": ["email"], "max_records_per_value": 2},
        ("phone", ["phone"]),
        limits={"name": 1},
    )
    rows: list[Row] = [("s", str(i), "hub", f"p{i % 3}", f"n{i % 2}") for i in range(6)]
    run(connection, rows, rules)
    summary = run(connection, [], rules, everything=everything)
    assert (summary.records, summary.customers, summary.deleted_records) == (0, 0, 6)
    assert (summary.refused_links, summary.over_shared_records) == (0, 0)
    assert read_map(connection) == {}
    assert all(retired_at for _, _, retired_at, _ in registry(connection).values())
    assert run(connection, rows, rules).new_records == 6


def test_one_record_is_one_customer(connection: Connection) -> None:
    run(connection, [("s", "1", "a@x.nl")])
    member = read_map(connection)["s", "1"]
    assert (member.rule, member.linked_to, member.valid_from) == (None, None, DAY_1)
    assert len(member.customer_id) == len("c_") + 20


@pytest.mark.parametrize("is_first", [True, False])
def test_duplicate_records_are_refused_naming_up_to_five_and_nothing_changes(
    connection: Connection, is_first: bool
) -> None:
    if not is_first:
        run(connection, [("crm", "r0", "a")])
    before = read_everything(connection)
    rows = [("crm", f"r{i}") for i in range(7)] * 2 + [("crm", "fine")]
    with pytest.raises(RecordsError) as raised:
        run(connection, rows)
    message = str(raised.value)
    assert message.startswith("7 record ids are given more than once: crm:r0 (2 times)")
    assert "crm:r4 (2 times), and 2 more; keep one row per source and id" in message
    assert "crm:r5" not in message
    after = read_everything(connection)
    assert {table: rows for table, rows in after.items() if rows or table in before} == before


def test_a_record_given_twice_as_changed_is_refused_also_when_one_row_is_as_before(
    connection: Connection,
) -> None:
    run(connection, [("s", "1", "a"), ("s", "2", "b")])
    with pytest.raises(RecordsError, match=r"s:1 \(2 times\)"):
        run(connection, [("s", "1", "a"), ("s", "1", "b"), ("s", "2", "b")])


def test_records_without_an_id_are_refused_with_their_number(connection: Connection) -> None:
    with pytest.raises(RecordsError, match="2 records have no value in the column 'id'"):
        run(connection, [("s", None), ("s", ""), ("s", "1")])


def test_records_without_a_source_are_refused_when_the_rules_name_one(
    connection: Connection,
) -> None:
    with pytest.raises(RecordsError, match="1 records have no value in the column 'source'"):
        run(connection, [(None, "1"), ("s", "1")])


def test_a_column_that_is_not_there_is_refused_and_no_map_is_made(connection: Connection) -> None:
    load(connection, [("s", "1")])
    without_keys = Delta("select source, id from records")
    with pytest.raises(RulesError, match="match key 'email' uses the column 'email'"):
        update_map(connection, without_keys, make_rules(), OUTPUT, DAY_1)
    assert not any(read_everything(connection).values())


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
        summary = update_map(connection, Delta(records), make_rules(), OUTPUT, next_day(connection))
        assert (summary.records, summary.customers, summary.changed_records) == (4, 2, 0)


def test_names_may_hold_any_character(connection: Connection) -> None:
    names = ["it's", 'a "quote"', "日本", "a:b", "%_*\\", "line\nbreak", " x "]
    rows: list[Row] = [(f"s{name}", name, "same") for name in names]
    run(connection, rows)
    run(connection, [*rows[1:], ("s", "new", "same")])
    members = read_map(connection)
    assert set(members) == {(f"s{name}", name) for name in names[1:]} | {("s", "new")}
    assert len({member.customer_id for member in members.values()}) == 1


def test_output_goes_where_it_is_asked_for_under_any_name(connection: Connection) -> None:
    output = OutputTables('my "schema', customer_id_map="the map", customer_id_registry='"ids')
    load(connection, [("s", "1", "a"), ("s", "2", "a")])
    update_map(connection, Delta("records"), make_rules(), output, DAY_1)
    load(connection, [("s", "2", "a"), ("s", "3", "a")])
    update_map(connection, Delta("records"), make_rules(), output, DAY_2)
    found = connection.execute(
        'select source_record_id from "my ""schema"."the map" order by all'
    ).fetchall()
    assert found == [("2",), ("3",)]
    assert connection.execute('select count(*) from "my ""schema"."""ids"').fetchall() == [(1,)]


def test_a_chain_of_100_000_records_is_one_customer(connection: Connection) -> None:
    connection.execute(
        "create table chain as select 's' as source, 'r' || i as id, "
        "'e' || (i + 1) // 2 as email, 'p' || i // 2 as phone, null as name, null as birth "
        "from range(100000) as numbers(i)"
    )
    summary = update_map(connection, Delta("chain"), make_rules(), OUTPUT, DAY_1)
    assert (summary.customers, summary.largest_customer) == (1, 100_000)


@pytest.mark.parametrize("limit", [None, 2])
def test_a_star_of_100_000_records_is_one_customer_within_a_limit_too(
    connection: Connection, limit: int | None
) -> None:
    connection.execute(
        "create table star as select 's' as source, 'r' || i as id, 'hub' as email, "
        "'p' || i as phone, case when i % 100 = 0 then 'n' || i % 200 end as name, null as birth "
        "from range(100000) as numbers(i)"
    )
    rules = make_rules(limits={"name": limit} if limit else {})
    summary = update_map(connection, Delta("star"), rules, OUTPUT, DAY_1)
    assert summary.customers == 1
    assert connection.execute(
        "select links, pairs from identity.match_rule_statistics where rule = 'email'"
    ).fetchall() == [(99_999, 100_000 * 99_999 // 2)]
