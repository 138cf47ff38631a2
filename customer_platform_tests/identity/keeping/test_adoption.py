"""A map that was made elsewhere, in the place of the kept one, keeps its customer IDs."""

import duckdb
import pytest

from customer_platform.errors import PreviousMapError
from customer_platform_tests.identity.helpers import (
    DAY_1,
    DAY_2,
    DAY_3,
    ids,
    people,
    persons,
    read_map,
    registry,
    run,
    with_phone,
)

Connection = duckdb.DuckDBPyConnection

COLUMNS = (
    "source varchar, source_record_id varchar, customer_id varchar, linked_by_rule varchar, "
    "valid_from timestamp"
)


@pytest.fixture
def adopting(connection: Connection) -> Connection:
    """A map of a0, a1 and gone (c_a) and of b0 (c_b), without anything else."""
    connection.execute("create schema identity")
    connection.execute(f"create table identity.customer_id_map ({COLUMNS})")
    connection.execute(
        "insert into identity.customer_id_map values ('s', 'a0', 'c_a', null, $1), "
        "('s', 'a1', 'c_a', 'email', $2), ('s', 'gone', 'c_a', 'email', $1), "
        "('s', 'b0', 'c_b', null, $2)",
        [DAY_1, DAY_2],
    )
    return connection


def test_its_ids_founders_and_times_are_kept(adopting: Connection) -> None:
    summary = run(adopting, persons(3, 1, 1), at=DAY_3)
    found = read_map(adopting)
    assert {found["s", record].customer_id for record in ("a0", "a1", "a2")} == {"c_a"}
    assert found["s", "b0"].customer_id == "c_b"
    assert found["s", "a0"].linked_to is None
    assert found["s", "a0"].valid_from == DAY_1
    assert found["s", "a1"].valid_from == DAY_2
    assert found["s", "a2"].valid_from == DAY_3
    assert (summary.new_records, summary.deleted_records, summary.new_customers) == (2, 1, 1)


def test_its_ids_are_registered_as_old_as_their_first_member(adopting: Connection) -> None:
    run(adopting, with_phone(persons(2, 1), "a0 b0"), at=DAY_3)
    assert registry(adopting) == {
        "c_a": (DAY_1, "a0", None, None),
        "c_b": (DAY_2, "b0", DAY_3, "c_a"),
    }


def test_a_record_that_is_gone_since_is_in_the_history(adopting: Connection) -> None:
    run(adopting, persons(2, 1), at=DAY_3)
    rows = adopting.execute(
        "select customer_id, valid_from, valid_to, ended_reason "
        "from identity.customer_id_history where source_record_id = 'gone'"
    ).fetchall()
    assert rows == [("c_a", DAY_1, DAY_3, "deletion")]


def test_it_is_updated_from_then_on(adopting: Connection) -> None:
    run(adopting, persons(2, 1), at=DAY_3)
    summary = run(adopting, persons(2, 2))
    assert (summary.mode, summary.touched_records) == ("incremental", 2)
    assert people(adopting) == {"a0 a1", "b0 b1"}
    assert ids(adopting)["b1"] == "c_b"


def test_a_gate_that_objects_leaves_it_as_it_was(adopting: Connection) -> None:
    before = adopting.execute("from identity.customer_id_map order by all").fetchall()
    run(adopting, persons(2, 1), at=DAY_3, gate=lambda _: ["no"])
    assert adopting.execute("from identity.customer_id_map order by all").fetchall() == before
    assert registry(adopting) == {}
    run(adopting, persons(2, 1), at=DAY_3)
    assert ids(adopting) == {"a0": "c_a", "a1": "c_a", "b0": "c_b"}


def test_one_with_a_record_twice_is_refused(adopting: Connection) -> None:
    adopting.execute(
        "insert into identity.customer_id_map select * from identity.customer_id_map "
        "where source_record_id = 'a1'"
    )
    with pytest.raises(PreviousMapError, match="has records more than once: s:a1"):
        run(adopting, persons(2, 1), at=DAY_3)
