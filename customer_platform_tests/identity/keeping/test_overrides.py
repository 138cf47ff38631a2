"""What a steward's overrides do, and what is left when they are taken back."""

import duckdb
import pytest

from customer_platform.errors import OverridesError
from customer_platform.identity import Override, read_overrides
from customer_platform_tests.identity.helpers import (
    Row,
    different,
    ids,
    make_rules,
    people,
    persons,
    read_map,
    refused,
    run,
    same,
    with_phone,
)

Connection = duckdb.DuckDBPyConnection

CHAIN: list[Row] = [
    ("s", "a", "x"),
    ("s", "b", "x", "y"),
    ("s", "c", None, "y"),
    ("s", "d", "far"),
    ("s", "e", "far"),
]


@pytest.fixture(params=[False, True], ids=["incremental", "full"])
def everything(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_same_joins_two_customers_and_taking_it_back_parts_them(
    connection: Connection, everything: bool
) -> None:
    run(connection, CHAIN[:3])
    run(connection, CHAIN)
    before = read_map(connection)
    summary = run(connection, CHAIN, overrides=[same("c", "e")], everything=everything)
    assert people(connection) == {"a b c d e"}
    assert summary.retired_customers == 1
    linked = {
        frozenset([record, member.linked_to])
        for record, member in read_map(connection).items()
        if member.rule == "override"
    }
    assert linked == {frozenset([("s", "c"), ("s", "e")])}
    summary = run(connection, CHAIN, everything=everything)
    assert people(connection) == {"a b c", "d e"}
    assert (summary.new_customers, summary.moved_records) == (1, 2)
    after = read_map(connection)
    assert all(after["s", r].customer_id == before["s", r].customer_id for r in "abc")
    assert {m.rule for m in after.values()} == {None, "email", "phone"}


def test_different_parts_a_customer_and_taking_it_back_joins_it_again(
    connection: Connection, everything: bool
) -> None:
    run(connection, CHAIN)
    kept = ids(connection)["b"]
    summary = run(connection, CHAIN, overrides=[different("a", "c")], everything=everything)
    parts = people(connection)
    assert parts in ({"a b", "c", "d e"}, {"a", "b c", "d e"})
    assert (summary.moved_records, summary.new_customers, summary.refused_links) == (1, 1, 1)
    assert ids(connection)["b"] == kept
    assert [row[3:] for row in refused(connection)] in (
        [("override different", "s:a", "s:c")],
        [("override different", "s:c", "s:a")],
    )
    summary = run(connection, CHAIN, everything=everything)
    assert people(connection) == {"a b c", "d e"}
    assert (summary.moved_records, summary.retired_customers) == (1, 1)
    assert ids(connection)["b"] == kept
    assert refused(connection) == []


def test_an_override_stays_in_force_at_every_later_run(
    connection: Connection, everything: bool
) -> None:
    overrides = [different("a", "c"), same("d", "lone")]
    rows: list[Row] = [*CHAIN, ("s", "lone")]
    run(connection, rows, overrides=overrides)
    first = ids(connection)
    for more in ([("s", "f", "x", "y")], [("s", "f", "x", "y"), ("s", "g", "x", "y")], []):
        run(connection, [*rows, *more], overrides=overrides, everything=everything)
        found = ids(connection)
        assert found["a"] != found["c"]
        assert found["d"] == found["lone"]
    assert found == first


def test_only_the_customers_that_an_override_names_are_resolved_again(
    connection: Connection,
) -> None:
    rows = persons(3, 4, 5)
    run(connection, rows)
    assert run(connection, rows, overrides=[same("a0", "b0")]).touched_records == 7
    assert run(connection, rows, overrides=[same("a0", "b0")]).touched_records == 0
    assert run(connection, rows, overrides=[different("a0", "c0")]).touched_records == 12
    assert run(connection, rows).touched_records == 8


def test_an_override_of_an_absent_record_takes_effect_when_the_record_comes(
    connection: Connection, everything: bool
) -> None:
    overrides = [same("a", "later"), different("d", "also later")]
    run(connection, CHAIN, overrides=overrides)
    assert people(connection) == {"a b c", "d e"}
    rows: list[Row] = [*CHAIN, ("s", "later"), ("s", "also later", "far")]
    run(connection, rows, overrides=overrides, everything=everything)
    assert "a b c later" in people(connection)
    assert ids(connection)["d"] != ids(connection)["also later"]
    run(connection, CHAIN, overrides=overrides, everything=everything)
    assert people(connection) == {"a b c", "d e"}


def test_the_order_of_the_two_records_of_an_override_does_not_matter(
    connection: Connection,
) -> None:
    for overrides in ([same("a", "d"), different("b", "c")], [same("d", "a"), different("c", "b")]):
        summary = run(connection, CHAIN, overrides=overrides)
        assert people(connection) == {"a b d e", "c"}
    assert summary.touched_records == 0


def test_same_links_come_before_those_of_the_first_rule(connection: Connection) -> None:
    rows: list[Row] = [("s", "1", "x", "p"), ("s", "2", "x", "q"), ("s", "3", None, "q")]
    rules = make_rules(("email", ["email"]), limits={"phone": 1})
    run(connection, rows, rules, overrides=[same("1", "3")])
    assert people(connection) == {"1", "2", "3"}
    no_phone: list[Row] = [("s", "1", "x"), *rows[1:]]
    run(connection, no_phone, rules, overrides=[same("1", "3")])
    assert people(connection) == {"1 2 3"}
    with_other: list[Row] = [("s", "1", "x"), rows[1], ("s", "3", None, "r")]
    run(connection, with_other, rules, overrides=[same("1", "3")])
    assert people(connection) == {"1 3", "2"}


def test_same_that_a_limit_refuses_is_listed(connection: Connection, everything: bool) -> None:
    rules = make_rules(limits={"phone": 1})
    rows: list[Row] = [("s", "1", None, "p"), ("s", "2", None, "q"), ("s", "3", None, "q")]
    run(connection, rows, rules)
    run(connection, rows, rules, overrides=[same("1", "2")], everything=everything)
    assert people(connection) == {"1", "2 3"}
    [(rule, *records, refused_by, this_side, other_side)] = refused(connection)
    assert (rule, refused_by) == ("override", "limit phone")
    assert sorted(records) == ["1", "2"]
    assert sorted([this_side, other_side]) == ["s:1", "s:2"]


def test_same_through_a_third_record_that_different_forbids_is_refused_and_listed(
    connection: Connection,
) -> None:
    rows: list[Row] = [("s", "1"), ("s", "2"), ("s", "3")]
    run(connection, rows, overrides=[same("1", "2"), same("2", "3"), different("1", "3")])
    assert len(people(connection)) == 2
    assert [(row[0], row[3]) for row in refused(connection)] == [("override", "override different")]


def test_different_holds_through_any_chain(connection: Connection, everything: bool) -> None:
    rows = with_phone(persons(30, 30), "a5 b7")
    run(connection, rows)
    assert len(people(connection)) == 1
    run(connection, rows, overrides=[different("a29", "b29")], everything=everything)
    assert ids(connection)["a29"] != ids(connection)["b29"]
    assert len(people(connection)) == 2
    assert len(refused(connection)) == 1


def test_overrides_without_a_source_are_of_records_without_one(connection: Connection) -> None:
    rows = [(None, "1", "x"), (None, "2", "x"), (None, "3")]
    overrides = [Override("different", "", "1", "", "2"), Override("same", "", "1", "", "3")]
    run(connection, rows, make_rules(source=None), overrides=overrides)
    found = dict(
        connection.execute(
            "select source_record_id, customer_id from identity.customer_id_map"
        ).fetchall()
    )
    assert found["1"] == found["3"] != found["2"]


def overrides_table(connection: Connection, *lines: tuple[str | None, ...]) -> str:
    connection.execute(
        "create or replace table link_overrides (kind varchar, source varchar, "
        "source_record_id varchar, other_source varchar, other_record_id varchar, author varchar)"
    )
    for line in lines:
        connection.execute("insert into link_overrides values (?, ?, ?, ?, ?, 'me')", line)
    return "link_overrides"


def test_overrides_are_read_once_whichever_record_comes_first(connection: Connection) -> None:
    table = overrides_table(
        connection,
        ("same", "s", "2", "s", "1"),
        ("same", " s", "1", "s", "2 "),
        ("different", None, "9", None, "8"),
    )
    assert read_overrides(connection, table) == [
        Override("different", "", "8", "", "9"),
        Override("same", "s", "1", "s", "2"),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            [("same", "s", "1", "s", "2"), ("different", "s", "2", "s", "1")],
            "s:1 and s:2 are overridden both as same and as different",
        ),
        ([("Same", "s", "1", "s", "2")], "the kind 'Same'; choose same or different"),
        ([("same", "s", "1", "s", "1")], "s:1 is same as itself"),
        ([("same", "s", "1", "s", None)], "doesn't name both records"),
    ],
)
def test_overrides_that_make_no_sense_are_refused(
    connection: Connection, lines: list[tuple[str | None, ...]], message: str
) -> None:
    with pytest.raises(OverridesError, match=message):
        read_overrides(connection, overrides_table(connection, *lines))


def test_overrides_that_lack_a_column_are_refused(connection: Connection) -> None:
    with pytest.raises(OverridesError, match="lack the columns other_source, other_record_id"):
        read_overrides(connection, "select '' as kind, '' as source, '' as source_record_id")
