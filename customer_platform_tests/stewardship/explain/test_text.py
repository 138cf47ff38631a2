"""What a person at a terminal reads."""

import duckdb

from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import (
    RecordName,
    explain_customer,
    explain_pair,
    explain_record,
    text,
)
from customer_platform_tests.stewardship.explain.warehouse import (
    RECORDS,
    TABLES,
    make_rules,
    write_map,
    write_overrides,
    write_records,
    write_refused,
    write_registry,
    write_two_lobes,
)

Connection = duckdb.DuckDBPyConnection


def shown(connection: Connection, customer_id: str = "c_1") -> str:
    return text.render(
        explain_customer(IdentityStore(connection, RECORDS, make_rules(), TABLES), customer_id)
    )


def test_a_customer_reads_as_a_tree_with_the_weakest_link_marked(connection: Connection) -> None:
    write_two_lobes(connection)
    rendered = shown(connection)
    assert rendered.startswith(
        "Customer c_1: 7 records\n\n"
        "Weakest link: crm:5 - crm:4 by phone. "
        "Without it the customer splits: 4 + 3 records.\n"
    )
    assert (
        "  +- crm:4 - crm:1 by email\n"
        "          email = left@example.com; 4 records have it; supported by 2 further matches\n"
        "     +- crm:5 - crm:4 by phone  <== WEAKEST LINK\n"
        "             phone = +31612345678; only these two have it; nothing else joins 4 + 3\n"
        "        +- crm:6 - crm:5 by email\n"
    ) in rendered
    assert rendered.count("WEAKEST") == 1
    assert "crm:4  email = left@example.com, phone = +31612345678; since 2026-01-02" in rendered


def test_the_same_customer_reads_the_same_whatever_the_order_of_rows(
    connection: Connection,
) -> None:
    write_two_lobes(connection)
    before = shown(connection)
    for table in (RECORDS, "identity.customer_id_map"):
        connection.execute(f"create or replace table {table} as from {table} order by all desc")
    assert shown(connection) == before


def test_a_single_record_says_that_there_is_no_link(connection: Connection) -> None:
    write_records(connection, a={})
    write_map(connection, "c_1", "a")
    assert "No link: the customer has a single record." in shown(connection)
    assert "crm:a  no values" in shown(connection)


def test_the_record_that_was_asked_for_is_marked(connection: Connection) -> None:
    write_two_lobes(connection)
    explanation = explain_record(
        IdentityStore(connection, RECORDS, make_rules(), TABLES), "crm", "6"
    )
    assert "crm:6 * - crm:5 by email" in text.render(explanation)


def test_a_retired_id_says_when_and_where_it_went(connection: Connection) -> None:
    write_records(connection, a={})
    write_map(connection, "c_2", "a")
    write_registry(connection, ("c_1", "2026-02-01 03:04:05", "c_2"), ("c_2", None, None))
    assert "c_1 was retired on 2026-02-01 03:04:05; its successor is c_2." in shown(connection)


def test_two_customers_say_what_each_rule_would_need(connection: Connection) -> None:
    write_records(connection, a={"phone": "p", "card": "1"}, b={"phone": "p", "card": "2"})
    write_map(connection, "c_1", "a")
    write_map(connection, "c_2", "b")
    write_refused(connection, ("phone", "a", "c_1", "b", "c_2", "limit card", "1", "2"))
    names = RecordName("crm", "a"), RecordName("crm", "b")
    rendered = text.render(
        explain_pair(IdentityStore(connection, RECORDS, make_rules(), TABLES), *names)
    )
    assert rendered.startswith("crm:a and crm:b are two customers\ncrm:a belongs to c_1 (1 record)")
    assert "  card   needs card equal (1 | 2)\n" in rendered
    assert "  phone  matches: a constraint refused it" in rendered
    assert "  email  needs email equal (no value | no value)\n" in rendered
    assert "crm:a (c_1) - crm:b (c_2) by phone, refused by limit card: 1 | 2" in rendered


def test_an_override_is_shown_with_author_date_and_reason(connection: Connection) -> None:
    write_records(connection, a={}, b={})
    write_map(connection, "c_1", "a", ("b", "a", "override"))
    write_overrides(connection, ("same", "b", "a", "Jo", "2026-02-03", "she called"))
    said = "+- crm:b - crm:a by override of Jo, 2026-02-03: she called  <== WEAKEST LINK"
    assert said in shown(connection)


def test_values_are_masked_by_the_column_they_come_from(connection: Connection) -> None:
    write_two_lobes(connection)
    write_refused(connection, ("phone", "1", "c_1", "x", "c_9", "limit card", "1234", "5678"))
    explanation = explain_customer(IdentityStore(connection, RECORDS, make_rules(), TABLES), "c_1")

    def mask(column: str, value: str) -> str:
        return value[0] + "*" if column in {"email_key", "card_key"} else value

    rendered = text.render(explanation, mask)
    assert "example.com" not in rendered
    assert "email = l*" in rendered
    assert "limit card: 1* | 5*" in rendered
    assert "phone = +31612345678" in rendered
    assert rendered.count("WEAKEST") == 1


def test_masked_values_that_look_alike_still_count_as_different(connection: Connection) -> None:
    write_records(connection, a={"name": "jan"}, b={"name": "joe"})
    write_map(connection, "c_1", "a")
    write_map(connection, "c_2", "b")
    names = RecordName("crm", "a"), RecordName("crm", "b")
    explanation = explain_pair(IdentityStore(connection, RECORDS, make_rules(), TABLES), *names)
    rendered = text.render(explanation, lambda column, value: "***")
    assert "name   needs name equal (*** | ***)" in rendered


def test_a_value_cannot_steer_the_terminal_or_fill_it(connection: Connection) -> None:
    write_records(connection, a={"name": "\x1b[2Jx\n" + "y" * 1_000_000})
    write_map(connection, "c_1", "a")
    rendered = shown(connection)
    assert "\x1b" not in rendered
    assert "name = [2Jx yy" in rendered
    assert len(rendered) < 400


def test_a_long_chain_is_shown_whole_and_not_indented_off_the_screen(
    connection: Connection,
) -> None:
    count = 1_500
    write_records(connection)
    write_map(connection, "c_1", "0")
    connection.execute(
        "insert into identity.customer_id_map select 'crm', i::varchar, 'c_1', 'email', 'crm', "
        "(i - 1)::varchar, timestamp '2026-01-02', null from range(1, ?) as t(i)",
        [count],
    )
    rendered = shown(connection)
    assert f"+- crm:{count - 1} - crm:{count - 2} by email" in rendered
    assert max(map(len, rendered.splitlines())) < 160
