"""Updating the kept map: what it takes, what it touches, and what it refuses."""

from datetime import datetime, timedelta

import duckdb
import pytest

from customer_platform.errors import StateError
from customer_platform.identity import Delta, UpdateSummary, update_map
from customer_platform_tests.identity.helpers import (
    DAY_1,
    DAY_2,
    OUTPUT,
    Row,
    ids,
    load,
    make_rules,
    next_day,
    people,
    persons,
    read_map,
    registry,
    run,
    same,
    with_phone,
)
from customer_platform_tests.identity.keeping.kept import read_everything

Connection = duckdb.DuckDBPyConnection


def change(
    connection: Connection, records: list[Row], deleted: list[Row] | None = None
) -> UpdateSummary:
    """Updates the map by changes alone."""
    load(connection, records, "changed")
    gone = load(connection, deleted, "gone") if deleted is not None else None
    delta = Delta("changed", gone, is_complete=False)
    return update_map(connection, delta, make_rules(), OUTPUT, next_day(connection))


def test_only_what_a_change_touches_is_resolved_again(connection: Connection) -> None:
    rows = persons(5, 4, 3)
    assert run(connection, rows).mode == "full"
    summary = run(connection, [*rows, ("s", "b9", "b")])
    assert (summary.mode, summary.touched_records) == ("incremental", 5)
    assert run(connection, [*rows, ("s", "b9", "b")]).touched_records == 0
    summary = run(connection, rows)
    assert (summary.touched_records, summary.deleted_records) == (4, 1)
    summary = run(connection, with_phone(rows, "a0 c0"))
    assert (summary.touched_records, summary.changed_records) == (8, 2)


def test_a_summary_counts_what_an_update_did(connection: Connection) -> None:
    run(connection, persons(2, 2, 1))
    rows = [row for row in with_phone(persons(2, 3, 0, 1), "a0 b0") if row[1] != "a1"]
    summary = run(connection, rows)
    assert (summary.records, summary.customers, summary.largest_customer) == (5, 2, 4)
    assert (summary.new_records, summary.changed_records, summary.deleted_records) == (2, 2, 2)
    assert (summary.new_customers, summary.retired_customers) == (1, 2)
    assert summary.merged_customers == 1
    assert (summary.previous_records, summary.previous_customers) == (5, 3)


def test_changes_alone_leave_what_they_do_not_name_as_it_was(connection: Connection) -> None:
    run(connection, persons(2, 2))
    before = ids(connection)
    summary = change(connection, [("s", "a9", "a"), ("s", "b1", "new")], [("s", "a0")])
    assert people(connection) == {"a1 a9", "b0", "b1"}
    assert (summary.new_records, summary.changed_records, summary.deleted_records) == (1, 1, 1)
    assert ids(connection)["a1"] == before["a1"]


def test_records_given_again_unchanged_or_deleted_when_absent_change_nothing(
    connection: Connection,
) -> None:
    run(connection, persons(2, 2))
    before = read_map(connection)
    summary = change(connection, persons(2), [("s", "never there"), ("other", "a0")])
    assert (summary.touched_records, summary.moved_records) == (0, 0)
    assert read_map(connection) == before


def test_no_changes_at_all_are_fine(connection: Connection) -> None:
    run(connection, persons(2, 2))
    before = read_map(connection)
    assert change(connection, []).touched_records == 0
    assert change(connection, [], []).touched_records == 0
    assert read_map(connection) == before


@pytest.mark.parametrize("email", ["a", "b"])
def test_a_record_that_is_both_given_and_deleted_is_treated_alike_changed_or_not(
    connection: Connection, email: str
) -> None:
    run(connection, persons(2))
    change(connection, [("s", "a0", email)], [("s", "a0")])
    assert ("s", "a0") in read_map(connection)


def test_changes_alone_are_refused_without_a_map(connection: Connection) -> None:
    with pytest.raises(StateError, match="all records are needed: there is no map yet"):
        change(connection, persons(1))


def test_changes_alone_are_refused_when_the_rules_have_changed(connection: Connection) -> None:
    run(connection, persons(2), make_rules(("phone", ["phone"])))
    before = read_everything(connection)
    with pytest.raises(StateError, match="all records are needed: the rules have changed"):
        change(connection, persons(1))
    assert read_everything(connection) == before


@pytest.mark.parametrize("at", [DAY_1, DAY_2 - timedelta(seconds=1), DAY_2])
def test_a_run_that_is_not_after_the_last_is_refused(connection: Connection, at: datetime) -> None:
    run(connection, persons(1), at=DAY_1)
    run(connection, persons(1), at=DAY_2)
    before = read_everything(connection)
    with pytest.raises(StateError, match="is not after the last one of 2026-01-02"):
        run(connection, persons(2), at=at)
    assert read_everything(connection) == before


@pytest.mark.parametrize("everything", [False, True])
def test_a_gate_that_objects_leaves_everything_as_it_was(
    connection: Connection, everything: bool
) -> None:
    rows = with_phone(persons(3, 2, 1), "a0 b0")
    run(connection, rows, overrides=[same("a0", "c0")])
    before = read_everything(connection)
    seen: list[UpdateSummary] = []

    def gate(summary: UpdateSummary) -> list[str]:
        seen.append(summary)
        return ["too many customers"]

    changed = [*persons(1, 2, 3, 4), ("s", "new", "a")]
    summary = run(connection, changed, gate=gate, everything=everything)
    assert summary.violations == ("too many customers",)
    assert seen[0].customers == summary.customers == 4
    assert read_everything(connection) == before
    kept = run(connection, changed, gate=lambda _: [])
    assert kept.violations == ()
    assert len(people(connection)) == 4


def test_a_gate_that_objects_to_the_first_run_leaves_no_map(connection: Connection) -> None:
    run(connection, persons(2), gate=lambda _: ["no"])
    assert not any(read_everything(connection).values())
    assert run(connection, persons(2), at=DAY_1).new_records == 2


def test_a_failure_while_writing_leaves_every_table_as_it_was(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(connection, persons(1))
    before = read_everything(connection)

    def fail(*_: object) -> None:
        raise RuntimeError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("customer_platform.identity.keeping.update.summarise", fail)
        with pytest.raises(RuntimeError, match="disk full"):
            run(connection, persons(3, 2))
    assert read_everything(connection) == before
    temporary = connection.execute("select table_name from duckdb_tables() where temporary")
    assert temporary.fetchall() == []
    assert run(connection, persons(3, 2)).new_records == 4


def test_a_gate_that_fails_leaves_everything_as_it_was(connection: Connection) -> None:
    run(connection, persons(1))
    before = read_everything(connection)
    with pytest.raises(ZeroDivisionError):
        run(connection, persons(3), gate=lambda summary: [str(1 // 0)])
    assert read_everything(connection) == before


def test_a_change_of_the_rules_resolves_everything_and_ids_carry_over(
    connection: Connection,
) -> None:
    rows = with_phone(persons(3, 2), "a0 b0")
    run(connection, rows)
    before = ids(connection)
    summary = run(connection, rows, make_rules(("email", ["email"])))
    assert (summary.mode, summary.touched_records) == ("full", 5)
    after = ids(connection)
    assert after["a0"] == before["a0"] != after["b0"]
    summary = run(connection, rows)
    assert (summary.mode, ids(connection)) == ("full", before)
    assert len(registry(connection)) == 2
