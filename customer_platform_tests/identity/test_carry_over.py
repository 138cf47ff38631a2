"""Customer IDs stay: through merges, splits, additions and deletions."""

from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest

from customer_platform_tests.identity.helpers import (
    DAY_1,
    DAY_2,
    DAY_3,
    Row,
    forget,
    ids,
    persons,
    read_map,
    registry,
    run,
    with_phone,
)

Connection = duckdb.DuckDBPyConnection


def founder(connection: Connection, customer_id: str) -> str:
    return registry(connection)[customer_id][1]


def roots(connection: Connection) -> list[tuple[str, str]]:
    return [record for record, member in read_map(connection).items() if not member.linked_to]


def test_nothing_changes_when_nothing_changed(connection: Connection) -> None:
    run(connection, persons(3, 1, 2))
    before = read_map(connection)
    summary = run(connection, persons(3, 1, 2), at=DAY_2)
    assert read_map(connection) == before
    assert (summary.new_customers, summary.customers, summary.retired_customers) == (0, 3, 0)


def test_an_added_record_joins_the_customer_without_changing_its_id(
    connection: Connection,
) -> None:
    run(connection, persons(2, 1))
    before = read_map(connection)
    summary = run(connection, persons(6, 2, 1), at=DAY_2)
    after = read_map(connection)
    assert all(after[record].customer_id == before[record].customer_id for record in before)
    assert all(after[record].valid_from == DAY_1 for record in before)
    assert after["s", "a5"].customer_id == before["s", "a0"].customer_id
    assert after["s", "a5"].valid_from == DAY_2
    assert (summary.new_customers, summary.customers) == (1, 3)


def test_the_founding_record_stays_the_root_whatever_is_added(connection: Connection) -> None:
    run(connection, persons(1))
    run(connection, persons(20), at=DAY_2)
    assert roots(connection) == [("s", "a0")]


@pytest.mark.parametrize(("older", "younger"), [("a", "b"), ("b", "a")])
def test_on_a_merge_the_oldest_id_survives_however_small_it_is(
    connection: Connection, older: str, younger: str
) -> None:
    rows = persons(5, 5)
    run(connection, [row for row in rows if row[1] == f"{older}0"])
    run(
        connection,
        [row for row in rows if row[1] == f"{older}0" or str(row[1]).startswith(younger)],
        at=DAY_2,
    )
    before = ids(connection)
    run(connection, with_phone(rows, "a0 b0"), at=DAY_3)
    after = read_map(connection)
    assert {member.customer_id for member in after.values()} == {before[f"{older}0"]}
    assert after["s", f"{older}0"].valid_from == DAY_1
    assert after["s", f"{younger}3"].valid_from == DAY_3
    assert registry(connection)[before[f"{younger}0"]][2:] == (DAY_3, before[f"{older}0"])


def test_on_a_merge_of_ids_of_the_same_age_the_smallest_survives(connection: Connection) -> None:
    run(connection, persons(1, 1, 1, 1, 1))
    before = ids(connection)
    rows = with_phone(persons(1, 1, 1, 1, 1), "a0 b0 c0 d0 e0")
    summary = run(connection, rows, at=DAY_2)
    assert set(ids(connection).values()) == {min(before.values())}
    assert summary.retired_customers == 4


def test_on_a_split_the_part_with_the_most_records_keeps_the_id(connection: Connection) -> None:
    linked = with_phone(persons(2, 4, 3), "a0 b0 c0")
    run(connection, linked)
    before = ids(connection)["a0"]
    summary = run(connection, persons(2, 4, 3), at=DAY_2)
    after = read_map(connection)
    assert after["s", "b1"].customer_id == before
    assert len({after["s", record].customer_id for record in ("a1", "b1", "c1")}) == 3
    assert after["s", "b1"].valid_from == DAY_1
    assert after["s", "a1"].valid_from == after["s", "c1"].valid_from == DAY_2
    assert (summary.new_customers, summary.customers, summary.retired_customers) == (2, 3, 0)


def test_records_new_in_a_part_do_not_count_for_keeping_the_id(connection: Connection) -> None:
    run(connection, with_phone(persons(2, 3), "a0 b0"))
    before = ids(connection)["a0"]
    run(connection, persons(9, 3), at=DAY_2)
    assert ids(connection)["b0"] == before


def test_a_split_in_equal_parts_is_decided_by_the_records_alone(connection: Connection) -> None:
    linked = with_phone(persons(3, 3), "a0 b0")
    run(connection, linked)
    kept_id = ids(connection)["a0"]
    first = founder(connection, kept_id)
    run(connection, persons(3, 3)[::-1], at=DAY_2)
    assert ids(connection)[first] == kept_id
    assert len(set(ids(connection).values())) == 2


def test_a_split_part_with_the_founder_gets_a_new_id_that_was_never_issued(
    connection: Connection,
) -> None:
    linked = with_phone(persons(1, 4), "a0 b0")
    run(connection, [row for row in linked if row[1] == "a0"])
    first = ids(connection)["a0"]
    run(connection, linked, at=DAY_2)
    run(connection, persons(1, 4), at=DAY_3)
    after = ids(connection)
    assert after["b0"] == first != after["a0"]
    assert founder(connection, first) == "a0"
    assert founder(connection, after["a0"]) == "a0"


def test_a_founder_that_comes_back_does_not_become_the_root_again(
    connection: Connection,
) -> None:
    run(connection, persons(1))
    run(connection, persons(9))
    run(connection, persons(9)[1:])
    second = roots(connection)
    assert len(second) == 1
    assert second != [("s", "a0")]
    run(connection, persons(9))
    assert roots(connection) == second


def test_an_id_whose_records_are_all_gone_is_retired_and_never_issued_again(
    connection: Connection,
) -> None:
    run(connection, persons(1, 1))
    gone = ids(connection)["a0"]
    summary = run(connection, persons(0, 1), at=DAY_2)
    assert summary.retired_customers == 1
    assert registry(connection)[gone] == (DAY_1, "a0", DAY_2, None)
    run(connection, persons(1, 1), at=DAY_3)
    again = ids(connection)["a0"]
    assert again != gone
    run(connection, persons(0, 1))
    run(connection, persons(1, 1))
    assert ids(connection)["a0"] not in {gone, again}
    assert registry(connection)[gone] == (DAY_1, "a0", DAY_2, None)


def test_a_merge_undone_gives_a_new_id_not_the_retired_one(connection: Connection) -> None:
    run(connection, persons(2, 1))
    before = ids(connection)
    linked = with_phone(persons(2, 1), "a0 b0")
    run(connection, linked, at=DAY_2)
    run(connection, persons(2, 1), at=DAY_3)
    after = ids(connection)
    assert len({after["a0"], after["b0"], before["a0"], before["b0"]}) == 3
    assert set(registry(connection)) == set(before.values()) | set(after.values())


def test_an_id_counts_as_old_as_when_it_was_issued_not_as_its_oldest_member(
    connection: Connection,
) -> None:
    run(connection, persons(1))
    oldest = ids(connection)["a0"]
    run(connection, persons(2, 2), at=DAY_2)
    rest = persons(3, 2)[1:]
    run(connection, rest)
    run(connection, [row for row in rest if row[1] != "a1"])
    linked = with_phone([row for row in rest if row[1] != "a1"], "a2 b0")
    run(connection, linked)
    assert set(ids(connection).values()) == {oldest}


def test_ids_are_reproducible_from_the_founding_record(connection: Connection) -> None:
    run(connection, persons(3, 2))
    before = ids(connection)
    forget(connection)
    run(connection, persons(3, 2), at=DAY_2)
    assert ids(connection) == before
    first = founder(connection, before["a0"])
    digest = connection.execute(f"select md5('s' || chr(31) || '{first}')").fetchall()[0][0]
    assert before["a0"] == f"c_{digest[:20]}"


def test_candidates_that_are_taken_are_passed_over(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customer_platform.identity.naming.ID_DIGITS", 2)
    rows: list[Row] = [("s", f"r{i}") for i in range(120)]
    run(connection, rows[:60])
    before = ids(connection)
    run(connection, rows[30:], at=DAY_2)
    after = ids(connection)
    assert len(set(after.values())) == 90
    assert len(set(before.values()) | set(after.values())) == 120
    forget(connection)
    run(connection, rows[:60])
    run(connection, rows[:29:-1], at=DAY_2)
    assert ids(connection) == after


def test_times_with_a_zone_are_written_in_utc(connection: Connection) -> None:
    summer = timezone(timedelta(hours=2))
    run(connection, persons(1), at=datetime(2026, 6, 1, 12, tzinfo=summer))
    assert read_map(connection)["s", "a0"].valid_from == datetime(2026, 6, 1, 10)
    run(connection, persons(2), at=datetime(2026, 6, 2, 12, tzinfo=UTC))
    assert read_map(connection)["s", "a1"].valid_from == datetime(2026, 6, 2, 12)
