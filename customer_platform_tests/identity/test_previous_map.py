"""The map of an earlier run, given to a resolution from nothing."""

import duckdb
import pytest

from customer_platform.errors import PreviousMapError
from customer_platform.identity import resolving
from customer_platform_tests.identity.helpers import (
    MAP,
    REGISTRY,
    Row,
    ids,
    load,
    make_rules,
    persons,
    run,
    with_phone,
)

Connection = duckdb.DuckDBPyConnection


def resolved_ids(
    connection: Connection, rows: list[Row], previous: str | None, issued: str | None = None
) -> dict[str, str]:
    records = load(connection, rows)
    with resolving(
        connection, records, make_rules(), previous=previous, issued=issued
    ) as resolution:
        table = resolution.map.reader().read_all()
    return dict(zip(table["record_id"].to_pylist(), table["customer_id"].to_pylist(), strict=True))


@pytest.mark.parametrize("previous", [MAP, f"from {MAP}", f"(select * from {MAP});"])
def test_ids_are_carried_over_from_a_table_or_a_query(
    connection: Connection, previous: str
) -> None:
    run(connection, with_phone(persons(2, 2), "a0 b0"))
    before = ids(connection)
    after = resolved_ids(connection, persons(2, 1, 1), previous)
    assert after["a0"] == after["a1"] == before["a0"]
    assert len(set(after.values())) == 3
    assert ids(connection) == before


def test_an_id_that_was_issued_before_is_not_issued_again(connection: Connection) -> None:
    run(connection, persons(1, 1))
    gone = ids(connection)["a0"]
    run(connection, persons(0, 1))
    assert resolved_ids(connection, persons(1, 1), MAP)["a0"] == gone
    assert resolved_ids(connection, persons(1, 1), MAP, REGISTRY)["a0"] != gone


def test_of_merged_ids_the_one_issued_first_survives(connection: Connection) -> None:
    connection.execute(
        "create table was as select * from (values ('s', 'a0', 'c_a'), ('s', 'b0', 'c_b')) "
        "as t(source, record_id, customer_id)"
    )
    for older, younger in (("c_a", "c_b"), ("c_b", "c_a")):
        connection.execute(
            f"create or replace table issued as select '{older}' as customer_id, "
            f"timestamp '2020-01-01' as issued_at "
            f"union all select '{younger}', timestamp '2021-01-01'"
        )
        found = resolved_ids(connection, with_phone(persons(1, 1), "a0 b0"), "was", "issued")
        assert set(found.values()) == {older}


def test_a_previous_map_that_lacks_a_column_is_refused(connection: Connection) -> None:
    with pytest.raises(PreviousMapError, match="lacks the columns customer_id"):
        resolved_ids(connection, persons(1), "select '' as source, '' as source_record_id")


def test_a_previous_map_with_a_record_twice_is_refused(connection: Connection) -> None:
    run(connection, persons(2))
    twice = f"from {MAP} union all from {MAP} where source_record_id = 'a1'"
    with pytest.raises(PreviousMapError, match="has records more than once: s:a1"):
        resolved_ids(connection, persons(2), twice)


def test_no_temporary_table_is_left(connection: Connection) -> None:
    resolved_ids(connection, persons(2, 1), None)
    left = connection.execute(
        "select table_name from information_schema.tables "
        "where table_schema <> 'information_schema' and table_name <> 'records'"
    ).fetchall()
    assert left == []
