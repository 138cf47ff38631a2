"""Customer IDs stay: through merges, splits, additions and deletions."""

from datetime import UTC, datetime, timedelta, timezone

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer_platform.identity import PreviousMapError, resolve
from customer_platform.identity.carry_over import keep_ids
from customer_platform_tests.identity.helpers import (
    DAY_1,
    DAY_2,
    DAY_3,
    DAY_4,
    MAP,
    OUTPUT,
    REGISTRY,
    Row,
    ids,
    load,
    make_rules,
    read_map,
    run,
)
from customer_platform_tests.identity.test_resolve import random_records

Connection = duckdb.DuckDBPyConnection


def registry(
    connection: Connection,
) -> dict[str, tuple[datetime, str, datetime | None, str | None]]:
    """Per ID: issued at, founding record id, retired at, successor."""
    rows = connection.execute(
        f"select customer_id, issued_at, founding_record_id, retired_at, successor from {REGISTRY}"
    ).fetchall()
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in rows}


def founder(connection: Connection, customer_id: str) -> str:
    return registry(connection)[customer_id][1]


def persons(*sizes: int) -> list[Row]:
    """Records a0, a1, ..., b0, b1, ...: each letter one person by email."""
    return [
        ("s", f"{letter}{i}", letter)
        for letter, size in zip("abcdefgh", sizes, strict=False)
        for i in range(size)
    ]


def with_phone(rows: list[Row], records: str, phone: str) -> list[Row]:
    """The same rows; the named records share a phone."""
    return [(*row[:3], phone) if row[1] in records.split() else row for row in rows]


def test_nothing_changes_when_nothing_changed(connection: Connection) -> None:
    run(connection, persons(3, 1, 2))
    before = read_map(connection)
    summary = run(connection, persons(3, 1, 2), carry_over=True, at=DAY_2)
    assert read_map(connection) == before
    assert (summary.new_customers, summary.kept_customers, summary.retired_customers) == (0, 3, 0)


def test_an_added_record_joins_the_customer_without_changing_its_id(
    connection: Connection,
) -> None:
    run(connection, persons(2, 1))
    before = read_map(connection)
    summary = run(connection, persons(6, 2, 1), carry_over=True, at=DAY_2)
    after = read_map(connection)
    assert all(after[record].customer_id == before[record].customer_id for record in before)
    assert all(after[record].valid_from == DAY_1 for record in before)
    assert after["s", "a5"].customer_id == before["s", "a0"].customer_id
    assert after["s", "a5"].valid_from == DAY_2
    assert (summary.new_customers, summary.kept_customers) == (1, 2)


def test_the_founding_record_stays_the_root_whatever_is_added(connection: Connection) -> None:
    run(connection, persons(1))
    run(connection, persons(20), carry_over=True, at=DAY_2)
    roots = [record for record, member in read_map(connection).items() if not member.linked_to]
    assert roots == [("s", "a0")]


@pytest.mark.parametrize(("older", "younger"), [("a", "b"), ("b", "a")])
def test_on_a_merge_the_oldest_id_survives_however_small_it_is(
    connection: Connection, older: str, younger: str
) -> None:
    rows = persons(5, 5)
    run(connection, [row for row in rows if row[1] == f"{older}0"])
    run(
        connection,
        [row for row in rows if row[1] == f"{older}0" or str(row[1]).startswith(younger)],
        carry_over=True,
        at=DAY_2,
    )
    before = ids(connection)
    run(connection, with_phone(rows, "a0 b0", "p"), carry_over=True, at=DAY_3)
    after = read_map(connection)
    assert {member.customer_id for member in after.values()} == {before[f"{older}0"]}
    assert after["s", f"{older}0"].valid_from == DAY_1
    assert after["s", f"{younger}3"].valid_from == DAY_3
    assert registry(connection)[before[f"{younger}0"]][2:] == (DAY_3, before[f"{older}0"])


def test_on_a_merge_of_ids_of_the_same_age_the_smallest_survives(connection: Connection) -> None:
    run(connection, persons(1, 1, 1, 1, 1))
    before = ids(connection)
    rows = with_phone(persons(1, 1, 1, 1, 1), "a0 b0 c0 d0 e0", "p")
    summary = run(connection, rows, carry_over=True, at=DAY_2)
    assert set(ids(connection).values()) == {min(before.values())}
    assert summary.retired_customers == 4


def test_on_a_split_the_part_with_the_most_records_keeps_the_id(connection: Connection) -> None:
    linked = with_phone(persons(2, 4, 3), "a0 b0 c0", "p")
    run(connection, linked)
    before = ids(connection)["a0"]
    summary = run(connection, persons(2, 4, 3), carry_over=True, at=DAY_2)
    after = read_map(connection)
    assert after["s", "b1"].customer_id == before
    assert len({after["s", record].customer_id for record in ("a1", "b1", "c1")}) == 3
    assert after["s", "b1"].valid_from == DAY_1
    assert after["s", "a1"].valid_from == after["s", "c1"].valid_from == DAY_2
    assert (summary.new_customers, summary.kept_customers, summary.retired_customers) == (2, 1, 0)


def test_records_new_in_a_part_do_not_count_for_keeping_the_id(connection: Connection) -> None:
    run(connection, with_phone(persons(2, 3), "a0 b0", "p"))
    before = ids(connection)["a0"]
    run(connection, persons(9, 3), carry_over=True, at=DAY_2)
    assert ids(connection)["b0"] == before


def test_a_split_in_equal_parts_is_decided_by_the_records_alone(connection: Connection) -> None:
    linked = with_phone(persons(3, 3), "a0 b0", "p")
    run(connection, linked)
    kept_id = ids(connection)["a0"]
    first = founder(connection, kept_id)
    run(connection, persons(3, 3)[::-1], carry_over=True, at=DAY_2)
    assert ids(connection)[first] == kept_id
    assert len(set(ids(connection).values())) == 2


def test_a_split_part_with_the_founder_gets_a_new_id_that_was_never_issued(
    connection: Connection,
) -> None:
    linked = with_phone(persons(1, 4), "a0 b0", "p")
    run(connection, [row for row in linked if row[1] == "a0"])
    first = ids(connection)["a0"]
    run(connection, linked, carry_over=True, at=DAY_2)
    run(connection, persons(1, 4), carry_over=True, at=DAY_3)
    after = ids(connection)
    assert after["b0"] == first != after["a0"]
    assert founder(connection, first) == "a0"
    assert founder(connection, after["a0"]) == "a0"


def test_a_founder_that_comes_back_is_the_root_again(connection: Connection) -> None:
    run(connection, persons(1))
    run(connection, persons(9), carry_over=True, at=DAY_2)
    run(connection, persons(9)[1:], carry_over=True, at=DAY_3)
    roots = [record for record, member in read_map(connection).items() if not member.linked_to]
    assert roots != [("s", "a0")]
    run(connection, persons(9), carry_over=True, at=DAY_4)
    roots = [record for record, member in read_map(connection).items() if not member.linked_to]
    assert roots == [("s", "a0")]


def test_an_id_whose_records_are_all_gone_is_retired_and_never_issued_again(
    connection: Connection,
) -> None:
    run(connection, persons(1, 1))
    gone = ids(connection)["a0"]
    summary = run(connection, persons(0, 1), carry_over=True, at=DAY_2)
    assert summary.retired_customers == 1
    assert registry(connection)[gone] == (DAY_1, "a0", DAY_2, None)
    run(connection, persons(1, 1), carry_over=True, at=DAY_3)
    again = ids(connection)["a0"]
    assert again != gone
    run(connection, persons(0, 1), carry_over=True, at=DAY_4)
    run(connection, persons(1, 1), carry_over=True, at=DAY_4)
    assert ids(connection)["a0"] not in {gone, again}
    assert registry(connection)[gone] == (DAY_1, "a0", DAY_2, None)


def test_a_merge_undone_gives_a_new_id_not_the_retired_one(connection: Connection) -> None:
    run(connection, persons(2, 1))
    before = ids(connection)
    linked = with_phone(persons(2, 1), "a0 b0", "p")
    run(connection, linked, carry_over=True, at=DAY_2)
    run(connection, persons(2, 1), carry_over=True, at=DAY_3)
    after = ids(connection)
    assert len({after["a0"], after["b0"], before["a0"], before["b0"]}) == 3
    assert set(registry(connection)) == set(before.values()) | set(after.values())


def test_an_id_counts_as_old_as_when_it_was_issued_not_as_its_oldest_member(
    connection: Connection,
) -> None:
    run(connection, persons(1))
    oldest = ids(connection)["a0"]
    run(connection, persons(2, 2), carry_over=True, at=DAY_2)
    rest = persons(3, 2)[1:]
    run(connection, rest, carry_over=True, at=DAY_3)
    run(connection, [row for row in rest if row[1] != "a1"], carry_over=True, at=DAY_3)
    linked = with_phone([row for row in rest if row[1] != "a1"], "a2 b0", "p")
    run(connection, linked, carry_over=True, at=DAY_4)
    assert set(ids(connection).values()) == {oldest}


def test_ids_are_reproducible_from_the_founding_record(connection: Connection) -> None:
    run(connection, persons(3, 2))
    before = ids(connection)
    run(connection, persons(3, 2), at=DAY_2)
    assert ids(connection) == before
    first = founder(connection, before["a0"])
    digest = connection.execute(f"select md5('s' || chr(31) || '{first}')").fetchall()[0][0]
    assert before["a0"] == f"c_{digest[:20]}"


def test_candidates_that_are_taken_are_passed_over(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customer_platform.identity.customers.ID_DIGITS", 2)
    rows: list[Row] = [("s", f"r{i}") for i in range(120)]
    run(connection, rows[:60])
    before = ids(connection)
    run(connection, rows[30:], carry_over=True, at=DAY_2)
    after = ids(connection)
    assert len(set(after.values())) == 90
    assert len(set(before.values()) | set(after.values())) == 120
    run(connection, rows[:60])
    run(connection, rows[:29:-1], carry_over=True, at=DAY_2)
    assert ids(connection) == after


def test_a_map_without_its_registry_is_carried_over(connection: Connection) -> None:
    run(connection, with_phone(persons(3, 2), "a0 b0", "p"))
    before = ids(connection)
    connection.execute(f"drop table {REGISTRY}")
    run(connection, with_phone(persons(3, 2, 1), "a0 b0", "p"), carry_over=True, at=DAY_2)
    after = ids(connection)
    assert {record: after[record] for record in before} == before
    assert registry(connection)[before["a0"]][0] == DAY_1
    assert len(registry(connection)) == 2


def test_a_previous_map_may_be_a_query(connection: Connection) -> None:
    run(connection, persons(2, 1))
    before = ids(connection)
    connection.execute(f"create table kept_map as select * from {MAP}")
    connection.execute("drop schema identity cascade")
    load(connection, persons(2, 2))
    resolve(connection, "records", make_rules(), "from kept_map", OUTPUT, DAY_2)
    assert {record: ids(connection)[record] for record in before} == before


def test_a_previous_map_that_lacks_a_column_is_refused(connection: Connection) -> None:
    load(connection, persons(1))
    with pytest.raises(PreviousMapError, match="lacks the columns customer_id, linked_by_rule"):
        resolve(
            connection,
            "records",
            make_rules(),
            "select '' as source, '' as source_record_id, now() as valid_from",
            OUTPUT,
            DAY_1,
        )


def test_a_previous_map_with_a_record_twice_is_refused(connection: Connection) -> None:
    run(connection, persons(2))
    connection.execute(f"insert into {MAP} select * from {MAP} where source_record_id = 'a1'")
    with pytest.raises(PreviousMapError, match="has records more than once: s:a1"):
        run(connection, persons(2), carry_over=True)


def test_times_with_a_zone_are_written_in_utc(connection: Connection) -> None:
    summer = timezone(timedelta(hours=2))
    run(connection, persons(1), at=datetime(2026, 6, 1, 12, tzinfo=summer))
    assert read_map(connection)["s", "a0"].valid_from == datetime(2026, 6, 1, 10)
    run(connection, persons(2), carry_over=True, at=datetime(2026, 6, 2, 12, tzinfo=UTC))
    assert read_map(connection)["s", "a1"].valid_from == datetime(2026, 6, 2, 12)


@given(runs=st.lists(random_records, min_size=2, max_size=4))
@settings(max_examples=15, deadline=None)
def test_an_id_is_issued_once_and_belongs_to_one_customer(runs: list[list[Row]]) -> None:
    with duckdb.connect() as connection:
        retired: set[str] = set()
        for number, rows in enumerate(runs):
            run(
                connection,
                rows,
                carry_over=number > 0,
                at=DAY_1 + timedelta(days=number),
            )
            issued = registry(connection)
            live = {member.customer_id for member in read_map(connection).values()}
            assert live == {key for key, entry in issued.items() if entry[2] is None}
            assert not live & retired
            retired |= {key for key, entry in issued.items() if entry[2] is not None}
            count = connection.execute(f"select count(*) from {REGISTRY}").fetchall()
            assert count == [(len(issued),)]


def plainly_kept(clusters: list[int], codes: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    """The same decision in plain Python; the smaller code is the older."""
    heirs = {}
    for code in set(codes) - {-1}:
        members = [clusters[i] for i in range(len(codes)) if codes[i] == code]
        heirs[code] = max(set(members), key=lambda c: (members.count(c), -members.index(c)))
    kept: dict[int, int] = {}
    for code in sorted(heirs):
        kept.setdefault(heirs[code], code)
    return kept, heirs


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 9)), max_size=30))
@settings(max_examples=300, deadline=None)
def test_ids_are_kept_as_the_plain_decision_has_it(pairs: list[tuple[int, int]]) -> None:
    first = {cluster: i for i, (cluster, _) in reversed(list(enumerate(pairs)))}
    clusters = [first[cluster] for cluster, _ in pairs]
    codes = [code for _, code in pairs]
    kept, heirs = keep_ids(
        np.array(clusters, dtype=np.int32), np.array(codes, dtype=np.int32), 10, np.sort
    )
    expected_kept, expected_heirs = plainly_kept(clusters, codes)
    assert {int(c): int(k) for c, k in enumerate(kept) if k != -1} == expected_kept
    assert {int(k): int(c) for k, c in enumerate(heirs) if c != -1} == expected_heirs
