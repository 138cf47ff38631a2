"""Finding what is asked for: retired, unknown, without a source."""

import pytest

from customer_platform.errors import ExplainError
from customer_platform.identity.store import IdentityStore
from customer_platform.stewardship.explain import RecordName, explain_record
from customer_platform_tests.stewardship.explain.questions import (
    Connection,
    customer,
)
from customer_platform_tests.stewardship.explain.warehouse import (
    RECORDS,
    TABLES,
    make_rules,
    write_map,
    write_records,
    write_registry,
)


def test_a_retired_id_leads_to_its_successor_through_others(connection: Connection) -> None:
    write_records(connection, a={})
    write_map(connection, "c_3", "a")
    write_registry(
        connection,
        ("c_1", "2026-02-01", "c_2"),
        ("c_2", "2026-03-01", "c_3"),
        ("c_3", None, None),
    )
    explanation = customer(connection, "c_1")
    assert explanation.customers == ("c_3",)
    assert [each.customer_id for each in explanation.retirements] == ["c_1", "c_2"]
    assert explanation.retirements[0].successor == "c_2"


def test_a_retired_id_without_successor_is_an_error_that_says_when(
    connection: Connection,
) -> None:
    write_records(connection, a={})
    write_map(connection, "c_2", "a")
    write_registry(connection, ("c_1", "2026-02-01", None), ("c_2", None, None))
    with pytest.raises(
        ExplainError, match=r"c_1 was retired on 2026-02-01 .* none of its records is left"
    ):
        customer(connection, "c_1")


def test_an_unknown_id_is_an_error_that_suggests_the_closest(connection: Connection) -> None:
    write_records(connection, a={})
    write_map(connection, "c_0123456789abcdef", "a")
    with pytest.raises(ExplainError, match="did you mean c_0123456789abcdef"):
        customer(connection, "c_0123456789")
    with pytest.raises(ExplainError, match=r"no customer has or had the ID 'x'$"):
        customer(connection, "x")


@pytest.mark.parametrize(
    ("source", "record_id", "message"),
    [
        ("crm", "CRM-001", "no record 'crm:CRM-001'; did you mean crm:CRM-0011"),
        ("shop", "CRM-0011", "no source 'shop'; its sources: crm; did you mean crm:CRM-0011"),
        (None, "CRM-0011", "names no source: write SOURCE:ID; sources: crm"),
    ],
)
def test_an_unknown_record_is_an_error_that_says_what_is_there(
    connection: Connection, source: str | None, record_id: str, message: str
) -> None:
    write_records(connection)
    write_map(connection, "c_1", "CRM-0011")
    with pytest.raises(ExplainError, match=message):
        explain_record(IdentityStore(connection, RECORDS, make_rules(), TABLES), source, record_id)


def test_without_a_map_the_error_says_what_to_do(connection: Connection) -> None:
    with pytest.raises(ExplainError, match="resolve the records first"):
        customer(connection, "c_1")


def test_records_without_a_source_are_explained_too(connection: Connection) -> None:
    connection.execute("create table plain as select '1' as id, 'e' as email_key")
    write_map(connection, "c_1", "1")
    connection.execute("update identity.customer_id_map set source = null")
    rules = make_rules().model_validate(
        {
            "record_id": "id",
            "match_keys": {"email": {"column": "email_key"}},
            "match_rules": [{"name": "email", "match": ["email"]}],
        }
    )
    explanation = explain_record(IdentityStore(connection, "plain", rules, TABLES), None, "1")
    assert str(explanation.records[0].name) == "1"
    assert explanation.records[0].values[0].value == "e"


def test_a_record_name_is_read_up_to_the_first_colon() -> None:
    assert RecordName.parse("crm:a:b") == RecordName("crm", "a:b")
    assert RecordName.parse("a") == RecordName("", "a")
