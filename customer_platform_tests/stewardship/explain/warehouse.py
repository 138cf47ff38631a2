"""Maps, registries and constraints written by hand, so that each test says what is there."""

from collections.abc import Sequence

import duckdb

from customer_platform.identity import OutputTables, ResolutionRules

TABLES = OutputTables("identity")
RECORDS = "records"
KEYS = ("card", "email", "phone", "name")


def make_rules(max_records_per_value: int | None = None) -> ResolutionRules:
    """The rules card, email, phone and name, in that priority."""
    return ResolutionRules.model_validate(
        {
            "source": "source",
            "record_id": "id",
            "match_keys": {key: {"column": f"{key}_key"} for key in KEYS},
            "match_rules": [
                {"name": key, "match": [key], "max_records_per_value": max_records_per_value}
                for key in KEYS
            ],
        }
    )


def write_records(connection: duckdb.DuckDBPyConnection, **values: dict[str, str]) -> None:
    """Records of the source crm by id, each with some of its match keys."""
    columns = ", ".join(f"{key}_key varchar" for key in KEYS)
    connection.execute(f"create table {RECORDS} (source varchar, id varchar, {columns})")
    for record_id, given in values.items():
        connection.execute(
            f"insert into {RECORDS} values ('crm', ?, ?, ?, ?, ?)",
            [record_id, *(given.get(key) for key in KEYS)],
        )


def write_map(
    connection: duckdb.DuckDBPyConnection, customer_id: str, *links: tuple[str, str, str] | str
) -> None:
    """Adds a customer: its founding record, and links as (record, linked to, rule)."""
    connection.execute("create schema if not exists identity")
    connection.execute(
        "create table if not exists identity.customer_id_map (source varchar, "
        "source_record_id varchar, customer_id varchar, linked_by_rule varchar, "
        "linked_to_source varchar, linked_to_record_id varchar, valid_from timestamp, "
        "reason varchar)"
    )
    for link in links:
        record, linked_to, rule = (link, None, None) if isinstance(link, str) else link
        connection.execute(
            "insert into identity.customer_id_map values "
            "('crm', ?, ?, ?, ?, ?, timestamp '2026-01-02', 'new record')",
            [record, customer_id, rule, linked_to and "crm", linked_to],
        )


def write_registry(
    connection: duckdb.DuckDBPyConnection, *rows: tuple[str, str | None, str | None]
) -> None:
    """Issued IDs as (customer_id, retired_at, successor)."""
    connection.execute(
        "create table identity.customer_id_registry (customer_id varchar, issued_at timestamp, "
        "founding_source varchar, founding_record_id varchar, retired_at timestamp, "
        "successor varchar)"
    )
    for row in rows:
        connection.execute(
            "insert into identity.customer_id_registry "
            "values (?, timestamp '2026-01-01', 'crm', '1', ?, ?)",
            row,
        )


def write_overrides(connection: duckdb.DuckDBPyConnection, *rows: Sequence[str]) -> None:
    """Overrides as (kind, record, other record, author, date, reason)."""
    connection.execute(
        "create table identity.link_overrides (kind varchar, source varchar, "
        "source_record_id varchar, other_source varchar, other_record_id varchar, "
        'author varchar, "date" date, reason varchar)'
    )
    for kind, record, other, *said in rows:
        connection.execute(
            "insert into identity.link_overrides values (?, 'crm', ?, 'crm', ?, ?, ?, ?)",
            [kind, record, other, *said],
        )


def write_refused(connection: duckdb.DuckDBPyConnection, *rows: Sequence[str]) -> None:
    """Refused links: rule, record, its customer, other, its customer, refused_by, two sides."""
    connection.execute(
        "create table identity.refused_links (rule varchar, source varchar, "
        "source_record_id varchar, customer_id varchar, other_source varchar, "
        "other_record_id varchar, other_customer_id varchar, refused_by varchar, "
        "this_side varchar, other_side varchar)"
    )
    for rule, record, customer_id, other, other_customer_id, *constraint in rows:
        connection.execute(
            "insert into identity.refused_links values (?, 'crm', ?, ?, 'crm', ?, ?, ?, ?, ?)",
            [rule, record, customer_id, other, other_customer_id, *constraint],
        )


def write_two_lobes(connection: duckdb.DuckDBPyConnection) -> None:
    """Customer c_1 of 4 + 3 records that only the phone of records 4 and 5 joins."""
    left = {str(number): {"email": "left@example.com"} for number in range(1, 5)}
    right = {str(number): {"email": "right@example.com"} for number in range(5, 8)}
    left["4"]["phone"] = right["5"]["phone"] = "+31612345678"
    write_records(connection, **left, **right)
    write_map(
        connection,
        "c_1",
        "1",
        ("2", "1", "email"),
        ("3", "1", "email"),
        ("4", "1", "email"),
        ("5", "4", "phone"),
        ("6", "5", "email"),
        ("7", "5", "email"),
    )
