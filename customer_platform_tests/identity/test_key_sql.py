"""The hashes by which records are linked and limits are kept."""

import duckdb

from customer_platform.identity import key_sql
from customer_platform_tests.identity.helpers import load, make_rules

ROWS = [("web", "1", "a@b.nl", "1"), ("web", "2", "a@b.nl"), ("web", "3", None, "1"), ("web", "4")]


def column(connection: duckdb.DuckDBPyConnection, expression: str) -> list[int | None]:
    rules = make_rules(("email", ["email"]), limits={"phone": 1})
    key_sql.create_functions(connection, rules)
    keyed = key_sql.keyed_records(load(connection, ROWS), rules)
    rows = connection.execute(f"select {expression} from ({keyed}) order by record_id").fetchall()
    return [row[0] for row in rows]


def test_equal_values_of_a_limit_have_equal_hashes_and_none_has_none(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    first, second, third, fourth = column(connection, key_sql.limit_hash("phone"))
    assert first is not None
    assert first == third
    assert second is None
    assert fourth is None


def test_a_limit_has_the_hash_of_a_rule_on_the_same_key_alone(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rule = make_rules(("phone", ["phone"])).match_rules[0]
    assert column(connection, key_sql.limit_hash("phone")) == column(
        connection, key_sql.rule_hash(rule)
    )


def test_the_keys_of_rules_and_limits_are_used_and_no_others() -> None:
    rules = make_rules(("both", ["email", "name"]), limits={"phone": 2})
    assert key_sql.used_keys(rules) == {"email", "name", "phone"}


def test_a_records_column_named_like_a_key_column_is_no_hindrance(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    connection.execute(
        "create table odd as select 's' as source, 1 as id, 'x' as email, 2 as \"key email\", "
        "null as phone, 3 as record_id"
    )
    rules = make_rules(("email", ["email"]))
    key_sql.create_functions(connection, rules)
    keyed = key_sql.keyed_records("odd", rules)
    assert connection.execute(keyed).fetchall() == [("s", "1", "x")]
