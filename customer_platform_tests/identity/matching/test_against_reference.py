"""Customers and refused links are those that trying every pair in order gives."""

import random
from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.identity import Override, ResolutionRules
from customer_platform_tests.identity.helpers import (
    Record,
    Row,
    customers,
    forget,
    make_rules,
    read_map,
    run,
    same,
)
from customer_platform_tests.identity.reference import (
    comparable_values,
    record_order,
    resolve_plainly,
)
from customer_platform_tests.identity.strategies import (
    contested_records,
    random_overrides,
    random_rules,
)
from customer_platform_tests.support.examples import examples

Refusal = tuple[str, Record, Record, str]


def refusals(connection: duckdb.DuckDBPyConnection) -> list[Refusal]:
    rows = connection.execute(
        "select rule, source, source_record_id, other_source, other_record_id, refused_by "
        "from identity.refused_links"
    ).fetchall()
    return sorted((row[0], (row[1], row[2]), (row[3], row[4]), row[5]) for row in rows)


def links(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    return dict(
        connection.execute(
            "select rule, links from identity.match_rule_statistics where links > 0"
        ).fetchall()
    )


@given(rows=contested_records, rules=random_rules(), overrides=random_overrides())
@examples(12)
def test_customers_and_refused_links_are_those_of_trying_every_pair(
    rows: list[Row], rules: ResolutionRules, overrides: list[Override]
) -> None:
    with duckdb.connect() as connection:
        run(connection, rows, rules, overrides=overrides)
        expected = resolve_plainly(rows, rules, overrides, record_order(connection, rows))
        assert customers(connection) == expected.customers
        assert refusals(connection) == sorted(expected.refused)
        by_rule = {rule: count for rule, count in expected.links.items() if rule != "override"}
        assert links(connection) == by_rule


@given(rows=contested_records, rules=random_rules(), overrides=random_overrides())
@examples(5)
def test_a_refused_link_names_the_customers_and_the_two_records_at_odds(
    rows: list[Row], rules: ResolutionRules, overrides: list[Override]
) -> None:
    with duckdb.connect() as connection:
        run(connection, rows, rules, overrides=overrides)
        members = {f"{s}:{i}": m.customer_id for (s, i), m in read_map(connection).items()}
        values = {":".join(name): row for name, row in comparable_values(rows, rules).items()}
        apart = {
            frozenset(":".join(side) for side in entry.sides)
            for entry in overrides
            if entry.kind == "different"
        }
        for one, one_id, other, other_id, refused_by, this_side, other_side in connection.execute(
            "select source || ':' || source_record_id, customer_id, "
            "other_source || ':' || other_record_id, other_customer_id, refused_by, this_side, "
            "other_side from identity.refused_links"
        ).fetchall():
            assert members[one] == members[this_side] == one_id
            assert members[other] == members[other_side] == other_id
            assert one_id != other_id
            if refused_by == "override different":
                assert {this_side, other_side} in apart
            elif refused_by.startswith("max_records_per_source "):
                source = refused_by.removeprefix("max_records_per_source ")
                assert {this_side.split(":")[0], other_side.split(":")[0]} == {source}
            else:
                key = refused_by.removeprefix("limit ")
                held = {values[this_side][key], values[other_side][key]}
                assert len(held - {None}) == 2


@given(
    rows=contested_records,
    rules=random_rules(),
    overrides=random_overrides(),
    seed=st.integers(0, 2**32),
)
@examples(5)
def test_map_and_refused_links_are_the_same_for_every_order_of_rows_and_number_of_threads(
    rows: list[Row], rules: ResolutionRules, overrides: list[Override], seed: int
) -> None:
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        run(connection, rows, rules, overrides=overrides)
        before = read_map(connection), refusals(connection)
        forget(connection)
        connection.execute("set threads = 1")
        mixed = random.Random(seed)
        run(
            connection,
            mixed.sample(rows, len(rows)),
            rules,
            overrides=mixed.sample(overrides, len(overrides)),
        )
        assert (read_map(connection), refusals(connection)) == before


@pytest.mark.parametrize("limit", [1, 2])
def test_of_a_shared_value_the_first_records_in_order_win(
    connection: duckdb.DuckDBPyConnection, limit: int
) -> None:
    rules = make_rules(("email", ["email"]), limits={"phone": limit})
    rows: Sequence[Row] = [("s", str(i), "hub", f"p{i % 4}") for i in range(12)]
    run(connection, rows, rules)
    order = record_order(connection, rows)
    phones: list[str] = []
    for record in order:
        phone = f"p{int(record[1]) % 4}"
        if phone not in phones:
            phones.append(phone)
    expected = {
        frozenset(record for record in order if f"p{int(record[1]) % 4}" in phones[n : n + limit])
        for n in range(0, 4, limit)
    }
    assert customers(connection) == expected


def test_same_overrides_are_taken_in_the_order_of_their_records(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    rules = make_rules(limits={"name": 1})
    rows: list[Row] = []
    overrides = []
    for i in range(30):
        rows += [("s", f"x{i}", None, None, "1"), ("s", f"y{i}"), ("s", f"z{i}", None, None, "2")]
        overrides += [same(f"x{i}", f"y{i}"), same(f"y{i}", f"z{i}")]
    run(connection, rows, rules, overrides=overrides)
    expected = resolve_plainly(rows, rules, overrides, record_order(connection, rows))
    assert customers(connection) == expected.customers
    assert len(expected.refused) == 30
    assert {frozenset(other[1] for other in refusal[1:3]) for refusal in expected.refused} != {
        frozenset([f"y{i}", f"z{i}"]) for i in range(30)
    }
    assert refusals(connection) == sorted(expected.refused)
