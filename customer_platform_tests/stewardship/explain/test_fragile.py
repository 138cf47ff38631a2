"""Which customers a single weak link holds together."""

import duckdb

from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import fragile_customers
from customer_platform_tests.stewardship.explain.warehouse import (
    RECORDS,
    TABLES,
    make_rules,
    write_map,
    write_records,
    write_two_lobes,
)

Connection = duckdb.DuckDBPyConnection


def found(connection: Connection, limit: int = 10) -> list[dict[str, object]]:
    frame = fragile_customers(IdentityStore(connection, RECORDS, make_rules(), TABLES), limit)
    return frame.to_dict("records")  # type: ignore[return-value]


def test_a_customer_that_one_link_holds_together_is_found_with_its_parts(
    connection: Connection,
) -> None:
    write_two_lobes(connection)
    assert found(connection) == [
        {
            "customer_id": "c_1",
            "records": 7,
            "weakest_rule": "phone",
            "splits_into": "4 + 3",
            "record": "crm:5",
            "linked_to": "crm:4",
            "records_sharing_value": 2,
        }
    ]


def test_a_customer_that_other_matches_hold_together_is_not_fragile(
    connection: Connection,
) -> None:
    write_two_lobes(connection)
    connection.execute(f"update {RECORDS} set name_key = 'x' where id in ('2', '7')")
    assert found(connection) == []


def test_single_records_at_the_end_of_a_link_are_not_listed(connection: Connection) -> None:
    write_records(connection, **{str(n): {"email": "e"} for n in range(4)}, x={"phone": "p"})
    connection.execute(f"update {RECORDS} set phone_key = 'p' where id = '0'")
    links = [(str(number), "0", "email") for number in range(1, 4)]
    write_map(connection, "c_1", "0", *links, ("x", "0", "phone"))
    assert found(connection) == []


def test_a_founding_record_at_the_end_of_a_link_is_not_listed(connection: Connection) -> None:
    write_records(connection, a={"phone": "p"}, b={"phone": "p", "email": "e"}, c={}, d={})
    connection.execute(f"update {RECORDS} set email_key = 'e' where id in ('c', 'd')")
    write_map(connection, "c_1", "a", ("b", "a", "phone"), ("c", "b", "email"), ("d", "b", "email"))
    assert found(connection) == []


def write_pairs(connection: Connection, customer_id: str, rule: str, records: list[str]) -> None:
    """Two groups of records by their e-mail addresses, joined by one link of the rule."""
    half = len(records) // 2
    for number, record in enumerate(records):
        email = f"{customer_id} {'left' if number < half else 'right'}"
        connection.execute(
            f"insert into {RECORDS} (source, id, email_key) values ('crm', ?, ?)", [record, email]
        )
    for record in (records[0], records[half]):
        connection.execute(
            f"update {RECORDS} set {rule}_key = ? where id = ?", [customer_id, record]
        )
    left = [(record, records[0], "email") for record in records[1:half]]
    right = [(record, records[half], "email") for record in records[half + 1 :]]
    write_map(connection, customer_id, records[0], (records[half], records[0], rule), *left, *right)


def test_the_last_rule_comes_first_and_then_the_larger_parts(connection: Connection) -> None:
    write_records(connection)
    write_pairs(connection, "c_card", "card", list("abcdefgh"))
    write_pairs(connection, "c_name_small", "name", list("ijkl"))
    write_pairs(connection, "c_name_large", "name", list("mnopqr"))
    customers = [row["customer_id"] for row in found(connection)]
    assert customers == ["c_name_large", "c_name_small", "c_card"]
    assert len(found(connection, limit=1)) == 1


def test_without_customers_the_frame_is_empty_and_has_its_columns(connection: Connection) -> None:
    write_records(connection)
    write_map(connection, "c_1")
    frame = fragile_customers(IdentityStore(connection, RECORDS, make_rules(), TABLES))
    assert frame.empty
    assert "splits_into" in frame.columns
