"""What an update changed, why, and what history says of it."""

from datetime import datetime

import duckdb
import pytest

from customer_platform_tests.identity.helpers import (
    DAY_1,
    DAY_2,
    DAY_3,
    DAY_4,
    Row,
    different,
    ids,
    make_rules,
    persons,
    registry,
    run,
    same,
    with_phone,
)

Connection = duckdb.DuckDBPyConnection

CAPPED = make_rules({"name": "email", "match": ["email"], "max_records_per_value": 2})


@pytest.fixture(params=[False, True], ids=["incremental", "full"])
def everything(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def changes(connection: Connection) -> dict[str, str]:
    """Per record id, the reason of its change at the last run."""
    rows = connection.execute(
        "select source_record_id, reason, previous_customer_id, customer_id "
        "from identity.customer_id_changes "
        "where changed_at = (select max(resolved_at) from identity.resolution_runs)"
    ).fetchall()
    assert all(before != after for _, _, before, after in rows)
    found = {row[0]: row[1] for row in rows}
    assert len(found) == len(rows)
    return found


def history(connection: Connection, record_id: str) -> list[tuple[datetime, datetime | None]]:
    rows: list[tuple[datetime, datetime | None]] = connection.execute(
        "select valid_from, valid_to from identity.customer_id_history "
        "where source_record_id = ? order by valid_from",
        [record_id],
    ).fetchall()
    return rows


def on(connection: Connection, day: datetime) -> set[tuple[str, str]]:
    """Who was in which customer on a day."""
    return set(
        connection.execute(
            "select source_record_id, customer_id from identity.customer_id_history "
            "where valid_from <= $1 and (valid_to > $1 or valid_to is null)",
            [day],
        ).fetchall()
    )


def test_at_the_first_run_every_record_is_new(connection: Connection) -> None:
    run(connection, persons(2, 1))
    assert changes(connection) == dict.fromkeys(["a0", "a1", "b0"], "new record")


def test_without_a_change_nothing_is_said(connection: Connection, everything: bool) -> None:
    run(connection, persons(2, 1))
    run(connection, persons(2, 1), everything=everything)
    assert changes(connection) == {}


def test_a_new_record_that_joins_two_customers_is_why_the_others_moved(
    connection: Connection, everything: bool
) -> None:
    rows = persons(2, 2)
    run(connection, rows)
    run(connection, [*rows, ("s", "bridge", "a", "p")], everything=everything)
    assert changes(connection) == {"bridge": "new record"}
    moved: list[Row] = [*with_phone(rows, "b0"), ("s", "bridge", "a", "p")]
    run(connection, rows, everything=everything)
    run(connection, with_phone(rows, "b0"), everything=everything)
    run(connection, moved, everything=everything)
    found = changes(connection)
    assert set(found.values()) == {"new record"}
    assert len(found) == 3


def test_a_changed_key_that_joins_and_parts_customers_is_the_reason(
    connection: Connection, everything: bool
) -> None:
    rows = persons(3, 2)
    run(connection, rows)
    run(connection, with_phone(rows, "a0 b0"), everything=everything)
    assert set(changes(connection).values()) == {"changed key"}
    run(connection, rows, everything=everything)
    assert changes(connection) == dict.fromkeys(["b0", "b1"], "changed key")


def test_records_that_a_changed_key_no_longer_holds_together_moved_because_of_it(
    connection: Connection, everything: bool
) -> None:
    rows: list[Row] = [*with_phone(persons(3, 2), "a0 b0"), ("s", "bridge", "a", "q")]
    rows = [("s", "b0", "b", "q") if row[1] == "b0" else row for row in rows]
    run(connection, rows)
    rows[-1] = ("s", "bridge", "elsewhere", "elsewhere")
    run(connection, rows, everything=everything)
    found = changes(connection)
    assert found.keys() == {"bridge", "b0", "b1"}
    assert set(found.values()) == {"changed key"}


def test_a_deletion_is_the_reason_of_those_gone_and_of_those_it_held_together(
    connection: Connection, everything: bool
) -> None:
    rows: list[Row] = [*persons(3, 2), ("s", "bridge", "a", "p"), ("s", "b9", "b", "p")]
    run(connection, rows)
    run(connection, [row for row in rows if row[1] != "bridge"], everything=everything)
    found = changes(connection)
    assert set(found.values()) == {"deletion"}
    assert {"bridge"} < found.keys() <= {"bridge", "a0", "a1", "a2", "b0", "b1", "b9"}


def test_an_override_is_the_reason_when_it_comes_and_when_it_goes(
    connection: Connection, everything: bool
) -> None:
    rows = persons(3, 2)
    for override in (same("a0", "b0"), different("a1", "a2")):
        run(connection, rows, everything=everything)
        run(connection, rows, overrides=[override], everything=everything)
        assert set(changes(connection).values()) == {"override"}
        run(connection, rows, everything=everything)
        assert set(changes(connection).values()) == {"override"}


def test_changed_rules_are_the_reason_of_all_that_moved(connection: Connection) -> None:
    rows = with_phone(persons(3, 2), "a0 b0")
    run(connection, rows)
    by_email = make_rules(("email", ["email"]))
    summary = run(connection, [*rows, ("s", "new")], by_email)
    assert summary.mode == "full"
    assert changes(connection) == {"b0": "changed rule", "b1": "changed rule", "new": "new record"}


def test_a_value_that_becomes_over_shared_parts_records_because_of_the_new_one(
    connection: Connection, everything: bool
) -> None:
    run(connection, persons(2), CAPPED)
    run(connection, persons(3), CAPPED, everything=everything)
    found = changes(connection)
    assert len(found) == 2
    assert set(found.values()) == {"new record"}


def test_a_value_that_is_no_longer_over_shared_joins_records_because_of_the_deletion(
    connection: Connection, everything: bool
) -> None:
    run(connection, persons(3), CAPPED)
    run(connection, persons(2), CAPPED, everything=everything)
    found = changes(connection)
    assert len(found) == 2
    assert set(found.values()) == {"deletion"}


def test_a_value_that_one_changes_away_from_joins_the_others_because_of_that(
    connection: Connection, everything: bool
) -> None:
    run(connection, persons(3), CAPPED)
    run(connection, [*persons(2), ("s", "a2", "other")], CAPPED, everything=everything)
    found = changes(connection)
    assert len(found) == 1
    assert set(found.values()) == {"changed key"}


def test_history_has_no_gap_unless_the_record_was_gone(connection: Connection) -> None:
    rows = persons(3, 2)
    run(connection, rows[:3])
    run(connection, rows)
    run(connection, with_phone(rows, "a0 b0"))
    run(connection, [row for row in rows if row[1] != "b1"])
    run(connection, rows)
    assert history(connection, "a0") == [(DAY_1, None)]
    assert history(connection, "b0") == [(DAY_2, DAY_3), (DAY_3, DAY_4), (DAY_4, None)]
    day_5 = DAY_4.replace(day=5)
    assert history(connection, "b1") == [(DAY_2, DAY_3), (DAY_3, DAY_4), (day_5, None)]


def test_who_was_in_a_customer_on_a_day_is_one_query(connection: Connection) -> None:
    rows = persons(3, 2)
    stored = {}
    for day, records in (
        (DAY_1, rows),
        (DAY_2, with_phone(rows, "a0 b0")),
        (DAY_3, rows[1:]),
        (DAY_4, rows),
    ):
        run(connection, records, at=day)
        stored[day] = set(ids(connection).items())
    assert {day: on(connection, day) for day in stored} == stored
    assert on(connection, DAY_2.replace(hour=15)) == stored[DAY_2]


def test_redirects_lead_through_all_merges_to_who_is_there_now(connection: Connection) -> None:
    rows = persons(1, 2, 3)
    for present in (rows[:1], rows[:3], rows):
        run(connection, present)
    a, b, c = (ids(connection)[record] for record in ("a0", "b0", "c0"))
    run(connection, with_phone(rows, "b0 c0"))
    run(connection, with_phone(rows, "a0 b0 c0"))
    redirects = "select customer_id, successor from identity.customer_id_redirects"
    assert dict(connection.execute(redirects).fetchall()) == {b: a, c: a}
    assert registry(connection)[c][3] == b
    run(connection, [])
    assert dict(connection.execute(redirects).fetchall()) == {a: None, b: None, c: None}
