"""Asks the questions of the tests' records, and finds things in the answers."""

import duckdb

from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import (
    Explanation,
    Link,
    RecordName,
    explain_customer,
    explain_pair,
)
from customer_platform_tests.stewardship.explain.warehouse import RECORDS, TABLES, make_rules

Connection = duckdb.DuckDBPyConnection


def customer(
    connection: Connection, customer_id: str, max_records_per_value: int | None = None
) -> Explanation:
    """Explains a customer."""
    rules = make_rules(max_records_per_value)
    return explain_customer(IdentityStore(connection, RECORDS, rules, TABLES), customer_id)


def pair(connection: Connection, left: str, right: str) -> Explanation:
    """Explains two records of the source crm."""
    names = RecordName("crm", left), RecordName("crm", right)
    return explain_pair(IdentityStore(connection, RECORDS, make_rules(), TABLES), *names)


def link_of(explanation: Explanation, record_id: str) -> Link:
    """The link that explains a record."""
    return next(link for link in explanation.links if link.record.record_id == record_id)


def ids(explanation: Explanation) -> list[str]:
    """The records, by their ids."""
    return [record.name.record_id for record in explanation.records]
