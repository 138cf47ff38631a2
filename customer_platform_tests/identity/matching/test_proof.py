"""Every membership is explained by links that hold."""

import duckdb
from hypothesis import given
from hypothesis import strategies as st

from customer_platform_tests.identity.helpers import (
    KEYS,
    Member,
    Record,
    Row,
    make_rules,
    read_map,
    run,
)
from customer_platform_tests.identity.strategies import random_records
from customer_platform_tests.support.examples import examples


def check_proofs(rows: list[Row], members: dict[Record, Member]) -> None:
    values = {(str(row[0]), str(row[1])): dict(zip(KEYS, row[2:], strict=True)) for row in rows}
    rules = {rule.name: rule.match for rule in make_rules().match_rules}
    founders: dict[str, Record] = {}
    for record, member in members.items():
        if member.linked_to is None:
            assert member.rule is None
            assert member.customer_id not in founders, "a customer has two founding records"
            founders[member.customer_id] = record
            continue
        assert member.rule is not None
        for key in rules[member.rule]:
            assert values[record][key]
            assert values[record][key] == values[member.linked_to][key]
    assert set(founders) == {member.customer_id for member in members.values()}
    for record, member in members.items():
        at, steps = record, 0
        while (following := members[at].linked_to) is not None:
            at, steps = following, steps + 1
            assert steps < len(members), "the links go in a circle"
        assert at == founders[member.customer_id]


@given(rows=random_records)
@examples(6)
def test_every_record_is_led_to_its_founder_by_links_that_hold(rows: list[Row]) -> None:
    with duckdb.connect() as connection:
        summary = run(connection, rows)
        check_proofs(rows, read_map(connection))
        links = connection.execute(
            "select coalesce(sum(links), 0) from identity.match_rule_statistics"
        ).fetchall()
        assert links == [(summary.records - summary.customers,)]


@given(before=random_records, after=random_records, kept=st.integers(0, 40))
@examples(6)
def test_links_hold_after_ids_were_carried_over(
    before: list[Row], after: list[Row], kept: int
) -> None:
    with duckdb.connect() as connection:
        run(connection, before)
        rows = before[:kept] + after[kept:]
        run(connection, rows)
        check_proofs(rows, read_map(connection))


def test_a_link_is_explained_by_the_first_rule_that_makes_it(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    run(connection, [("s", "1", "a", "p"), ("s", "2", "a", "p"), ("s", "3", "b", "p")])
    rules = sorted(str(member.rule) for member in read_map(connection).values())
    assert rules == ["None", "email", "phone"]
