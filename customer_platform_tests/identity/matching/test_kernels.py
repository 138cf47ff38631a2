"""The compiled sort and grouping, on hashes as unlike random ones as can be."""

import random
from collections import Counter
from collections.abc import Sized

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_platform.identity.matching import kernels, sorting
from customer_platform.identity.matching.forest import NO_RECORD
from customer_platform.identity.matching.spellings import Spellings, no_spellings

# Neighbours, hashes that differ in the last or in the first bits alone, the extremes, and none.
awkward_hashes = st.one_of(
    st.sampled_from([0, 1, 2, 3, 2**52, 2**52 + 1, 2**63, 2**63 + 1, 2**64 - 2, 2**64 - 1]),
    st.integers(0, 2**64 - 1),
)


def nobody(hashes: Sized) -> tuple[int, Spellings, np.ndarray]:
    """Where no rule asks how many people share a value."""
    return 0, no_spellings(), np.empty((0, len(hashes)), dtype=np.int32)


@given(st.lists(awkward_hashes, max_size=60))
@settings(max_examples=200)
def test_hashes_are_sorted_with_equal_ones_in_the_order_of_their_rows(found: list[int]) -> None:
    values, rows = sorting.sorted_by_hash(np.array(found, dtype=np.uint64))
    expected = sorted((value, row) for row, value in enumerate(found) if value)
    assert list(zip(values.tolist(), rows.tolist(), strict=True)) == expected


@pytest.mark.parametrize("distinct", [1, 2, 1000, 200_000])
def test_many_hashes_are_sorted_as_numpy_sorts_them(distinct: int) -> None:
    drawn = np.random.default_rng(7)
    kinds = drawn.integers(1, 2**64, distinct, dtype=np.uint64)
    hashes = kinds[drawn.integers(0, distinct, 100_000)]
    values, rows = sorting.sorted_by_hash(hashes)
    expected = np.argsort(hashes, kind="stable")
    assert np.array_equal(rows, expected)
    assert np.array_equal(values, hashes[expected])


@given(
    st.lists(st.sampled_from([0, 1, 2, 2**63, 2**63 + 1]), max_size=40),
    st.sampled_from([0, 2, 3, 5]),
    st.randoms(use_true_random=False),
)
@settings(max_examples=100)
def test_records_are_grouped_by_value_as_counting_has_it(
    hashes: list[int], cap: int, mixed: random.Random
) -> None:
    numbers = list(range(len(hashes)))
    mixed.shuffle(numbers)
    firsts, linking, pairs, matched, over_values, over_rows, over_counts = (
        sorting.first_records_of_values(
            np.array(hashes, dtype=np.uint64),
            np.array(numbers, dtype=np.int32),
            cap,
            *nobody(hashes),
        )
    )
    counts = {value: count for value, count in Counter(hashes).items() if value and count > 1}
    links = {value: count for value, count in counts.items() if not cap or count <= cap}
    expected = [NO_RECORD] * len(hashes)
    for value in links:
        sharing = [numbers[row] for row, found in enumerate(hashes) if found == value]
        for number in sharing:
            expected[number] = min(sharing) if number != min(sharing) else NO_RECORD
    assert firsts.tolist() == expected
    assert (linking, matched) == (len(links), sum(links.values()))
    assert pairs == sum(count * (count - 1) // 2 for count in links.values())
    over = sorted(
        (value, hashes.index(value), count) for value, count in counts.items() if value not in links
    )
    assert (
        sorted(zip(over_values.tolist(), over_rows.tolist(), over_counts.tolist(), strict=True))
        == over
    )


def test_more_over_shared_values_than_there_was_room_for_are_all_found() -> None:
    hashes = np.repeat(np.arange(1, 101, dtype=np.uint64) * np.uint64(2**50), 4)
    numbers = np.arange(len(hashes), dtype=np.int32)
    *_, over_values, over_rows, over_counts = sorting.first_records_of_values(
        hashes, numbers, 3, *nobody(hashes)
    )
    assert len(over_values) == len(set(over_values.tolist())) == 100
    assert set(over_counts.tolist()) == {4}
    assert np.array_equal(hashes[over_rows], over_values)


def test_a_path_of_links_is_turned_around() -> None:
    linked_to = np.array([1, 2, 3, NO_RECORD], dtype=np.int32)
    linked_by = np.array([10, 20, 30, -1], dtype=np.int16)
    kernels.make_roots(linked_to, linked_by, np.array([0], dtype=np.int32))
    assert linked_to.tolist() == [NO_RECORD, 0, 1, 2]
    assert linked_by.tolist() == [-1, 10, 20, 30]
