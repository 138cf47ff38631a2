import base64
import zlib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_platform.ingestion.changes import (
    decode_cursor,
    detect_changes,
    encode_cursor,
    partition_ranges,
)
from customer_platform.ingestion.landing import LandedFile

SECOND = 1_000_000_000
NOW = 1_700_000_000 * SECOND
OLD = NOW - 3600 * SECOND


def file(day: str, size: int = 10, mtime_ns: int = OLD, name: str = "t.csv") -> LandedFile:
    relative = f"{day}/{name}"
    return LandedFile(Path("/landing") / relative, relative, day, size, mtime_ns)


def test_everything_is_new_to_an_empty_cursor() -> None:
    changes = detect_changes(None, {"t": [file("2024-03-01")], "u": []}, NOW, 5)
    assert changes.changed == {"t": {"2024-03-01"}}
    assert changes.deleted == {}
    assert changes.unsettled == {}


@pytest.mark.parametrize(
    "cursor",
    ["", "nonsense", "é", base64.b64encode(b"x").decode(), '{"t": 1}',
     base64.b64encode(zlib.compress(b"[1]")).decode(),
     base64.b64encode(zlib.compress(b'{"t": 1}')).decode()],
)  # fmt: skip
def test_an_unknown_cursor_makes_everything_new(cursor: str) -> None:
    assert detect_changes(cursor, {"t": [file("2024-03-01")]}, NOW, 5).changed == {
        "t": {"2024-03-01"}
    }


def test_nothing_has_changed_when_nothing_has_changed() -> None:
    files = {"t": [file("2024-03-01"), file("2024-03-02")]}
    cursor = detect_changes("", files, NOW, 5).next_cursor
    again = detect_changes(cursor, files, NOW + 60 * SECOND, 5)
    assert (again.changed, again.next_cursor) == ({}, cursor)


@pytest.mark.parametrize(
    "changed",
    [
        [file("2024-03-02", size=11)],
        [file("2024-03-02", mtime_ns=OLD + 1)],
        [file("2024-03-02", name="renamed.csv")],
        [file("2024-03-02"), file("2024-03-02", name="second.csv")],
    ],
)
def test_a_partition_with_other_files_has_changed(changed: list[LandedFile]) -> None:
    unchanged = file("2024-03-01")
    cursor = detect_changes("", {"t": [unchanged, file("2024-03-02")]}, NOW, 5).next_cursor
    changes = detect_changes(cursor, {"t": [unchanged, *changed]}, NOW, 5)
    assert changes.changed == {"t": {"2024-03-02"}}
    assert changes.deleted == {}


def test_the_order_of_files_is_no_change() -> None:
    files = [file("2024-03-01", name="a"), file("2024-03-01", name="b")]
    cursor = detect_changes("", {"t": files}, NOW, 5).next_cursor
    assert detect_changes(cursor, {"t": files[::-1]}, NOW, 5).changed == {}


def test_a_deleted_partition_has_changed_and_is_marked_once() -> None:
    cursor = detect_changes("", {"t": [file("2024-03-01")]}, NOW, 5).next_cursor
    changes = detect_changes(cursor, {"t": []}, NOW, 5)
    assert changes.changed == changes.deleted == {"t": {"2024-03-01"}}
    assert detect_changes(changes.next_cursor, {"t": []}, NOW, 5).changed == {}


def test_a_partition_with_a_young_file_waits_for_the_next_look() -> None:
    files = {"t": [file("2024-03-01"), file("2024-03-01", mtime_ns=NOW - SECOND, name="young")]}
    first = detect_changes("", files, NOW, 5)
    assert (first.changed, first.unsettled) == ({}, {"t": {"2024-03-01"}})
    later = detect_changes(first.next_cursor, files, NOW + 5 * SECOND, 5)
    assert (later.changed, later.unsettled) == ({"t": {"2024-03-01"}}, {})


def test_a_young_rewrite_of_a_known_partition_keeps_its_old_fingerprint() -> None:
    cursor = detect_changes("", {"t": [file("2024-03-01")]}, NOW, 5).next_cursor
    rewritten = {"t": [file("2024-03-01", mtime_ns=NOW - SECOND)]}
    changes = detect_changes(cursor, rewritten, NOW, 5)
    assert (changes.changed, changes.deleted, changes.next_cursor) == ({}, {}, cursor)


def test_a_young_file_that_is_known_already_waits_for_nothing() -> None:
    files = {"t": [file("2024-03-01", mtime_ns=NOW - SECOND)]}
    cursor = detect_changes("", files, NOW, 0).next_cursor
    assert detect_changes(cursor, files, NOW, 5).unsettled == {}


def test_a_file_dated_far_in_the_future_is_not_held_back_for_ever() -> None:
    files = {"t": [file("2024-03-01", mtime_ns=NOW + 86_400 * SECOND)]}
    assert detect_changes("", files, NOW, 5).changed == {"t": {"2024-03-01"}}


def test_a_table_that_is_no_longer_watched_leaves_the_cursor() -> None:
    cursor = detect_changes("", {"t": [file("2024-03-01")], "u": []}, NOW, 5).next_cursor
    changes = detect_changes(cursor, {"u": []}, NOW, 5)
    assert changes.changed == {}
    assert "t" not in decode_cursor(changes.next_cursor)


def test_a_cursor_of_ten_thousand_partitions_stays_small() -> None:
    first = date(1995, 1, 1)
    files = [file((first + timedelta(days=n)).isoformat(), size=n) for n in range(10_000)]
    assert len(detect_changes("", {"t": files}, NOW, 5).next_cursor) < 150_000


@given(
    st.dictionaries(
        st.text(), st.dictionaries(st.dates().map(date.isoformat), st.from_regex("[0-9a-f]{8}"))
    )
)
def test_a_cursor_decodes_to_what_was_encoded(fingerprints: dict[str, dict[str, str]]) -> None:
    assert decode_cursor(encode_cursor(fingerprints)) == fingerprints


@pytest.mark.parametrize("bridge_absent", [False, True])
def test_consecutive_days_are_one_range(bridge_absent: bool) -> None:
    days = ["2024-03-01", "2024-02-29", "2024-03-02"]
    assert partition_ranges(days, days, bridge_absent) == [("2024-02-29", "2024-03-02")]


def test_days_without_a_file_break_a_range_unless_bridged() -> None:
    days = ["2024-03-01", "2024-03-04"]
    assert partition_ranges(days, days, False) == [
        ("2024-03-01", "2024-03-01"),
        ("2024-03-04", "2024-03-04"),
    ]
    assert partition_ranges(days, days, True) == [("2024-03-01", "2024-03-04")]


@pytest.mark.parametrize("bridge_absent", [False, True])
def test_a_day_with_an_unchanged_file_breaks_a_range(bridge_absent: bool) -> None:
    changed = ["2024-03-01", "2024-03-03"]
    assert partition_ranges(changed, [*changed, "2024-03-02"], bridge_absent) == [
        ("2024-03-01", "2024-03-01"),
        ("2024-03-03", "2024-03-03"),
    ]


def test_no_change_is_no_range() -> None:
    assert partition_ranges([], ["2024-03-01"], True) == []


@given(st.sets(st.integers(0, 40)), st.sets(st.integers(0, 40)), st.booleans())
def test_ranges_cover_every_changed_day_and_no_unchanged_one(
    changed: set[int], unchanged: set[int], bridge_absent: bool
) -> None:
    def days(numbers: set[int]) -> set[str]:
        return {(date(2024, 1, 1) + timedelta(days=n)).isoformat() for n in numbers}

    covered: set[str] = set()
    for first, last in partition_ranges(days(changed), days(changed | unchanged), bridge_absent):
        span = (date.fromisoformat(last) - date.fromisoformat(first)).days
        covered |= {
            (date.fromisoformat(first) + timedelta(days=n)).isoformat() for n in range(span + 1)
        }
    assert days(changed) <= covered
    assert not covered & days(unchanged - changed)
    if not bridge_absent:
        assert covered == days(changed)
