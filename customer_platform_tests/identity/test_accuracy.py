"""Precision and recall against the truth."""

from collections.abc import Sequence
from itertools import combinations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_platform.identity import PairwiseAccuracy, pairwise_accuracy


def measure(
    found: Sequence[tuple[str | None, str, str]], truth: Sequence[tuple[str | None, str, str]]
) -> PairwiseAccuracy:
    with duckdb.connect() as connection:
        for table, last, rows in (("found", "customer_id", found), ("truth", "person_id", truth)):
            connection.execute(
                f"create table {table} (source varchar, source_record_id varchar, {last} varchar)"
            )
            for row in rows:
                connection.execute(f"insert into {table} values (?, ?, ?)", row)
        return pairwise_accuracy(connection, "found", "truth")


def test_wrong_and_missing_links_are_counted() -> None:
    found = [("s", "1", "A"), ("s", "2", "A"), ("s", "3", "A"), ("s", "4", "B"), ("t", "1", "B")]
    truth = [("s", "1", "x"), ("s", "2", "x"), ("s", "3", "y"), ("s", "4", "y"), ("t", "1", "y")]
    accuracy = measure(found, truth)
    assert (accuracy.found_pairs, accuracy.true_pairs, accuracy.correct_pairs) == (4, 4, 2)
    assert (accuracy.precision, accuracy.recall, accuracy.f1) == (0.5, 0.5, 0.5)


def test_records_that_only_one_side_has_are_left_out_and_counted() -> None:
    found = [("s", "1", "A"), ("s", "2", "A"), ("s", "3", "A")]
    truth = [("s", "1", "x"), ("s", "2", "x"), ("s", "8", "x"), ("s", "9", "x")]
    accuracy = measure(found, truth)
    assert (accuracy.records, accuracy.found_pairs, accuracy.true_pairs) == (2, 1, 1)
    assert (accuracy.records_without_truth, accuracy.records_without_map) == (1, 2)


def test_records_without_a_source_are_compared_too() -> None:
    accuracy = measure([(None, "1", "A"), (None, "2", "A")], [(None, "1", "x"), (None, "2", "x")])
    assert (accuracy.records, accuracy.correct_pairs) == (2, 1)


def test_without_pairs_nothing_is_wrong_and_nothing_is_missing() -> None:
    accuracy = measure([], [])
    assert (accuracy.precision, accuracy.recall, accuracy.f1) == (1.0, 1.0, 1.0)


def test_nothing_right_gives_zero() -> None:
    found = [("s", "1", "A"), ("s", "2", "A"), ("s", "3", "B")]
    truth = [("s", "1", "x"), ("s", "2", "y"), ("s", "3", "x")]
    accuracy = measure(found, truth)
    assert (accuracy.precision, accuracy.recall, accuracy.f1) == (0.0, 0.0, 0.0)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz")), max_size=20))
@settings(max_examples=25)
def test_counts_are_those_of_all_pairs(labels: list[tuple[str, str]]) -> None:
    accuracy = measure(
        [("s", str(i), customer) for i, (customer, _) in enumerate(labels)],
        [("s", str(i), person) for i, (_, person) in enumerate(labels)],
    )
    pairs = list(combinations(labels, 2))
    assert accuracy.found_pairs == sum(a[0] == b[0] for a, b in pairs)
    assert accuracy.true_pairs == sum(a[1] == b[1] for a, b in pairs)
    assert accuracy.correct_pairs == sum(a == b for a, b in pairs)


def test_large_customers_are_counted_without_enumerating_pairs() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "create table found as select 's' as source, i::varchar as source_record_id, "
            "'A' as customer_id from range(500000) as numbers(i)"
        )
        accuracy = pairwise_accuracy(
            connection, "found", "select source, source_record_id, 'x' as person_id from found"
        )
    assert accuracy.correct_pairs == 500_000 * 499_999 // 2
    assert accuracy.precision == pytest.approx(1.0)
