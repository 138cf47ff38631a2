"""What isn't put in force: versions that never were, and more than was planned, with its days."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from customer_platform.environment import Environment
from customer_platform.errors import ApprovalError, RefusedVersionError, VersionError
from customer_platform.promotion import apply as applying
from customer_platform.promotion.approvals import approve
from customer_platform.promotion.build import Built
from customer_platform.promotion.compare import Effect, EntityEffect
from customer_platform.promotion.exceeding import exceeding
from customer_platform.promotion.plan import read_plan, write_plan
from customer_platform.promotion.refusals import refuse_more
from customer_platform.promotion.relations import RelationEffect
from customer_platform.promotion.text import render
from customer_platform.promotion.unbuilt import listed, unbuilt_days
from customer_platform_tests.support.small_home import (
    FIRST,
    Order,
    build,
    land,
    plan_of,
    release,
    stand_ins,
    target_of,
    two_versions,
)


def test_what_never_was_in_force_is_nothing_to_roll_back_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last build may have failed a check."""

    home = tmp_path / "home"

    def fail_to_catch_up(
        target: Environment, place: Path, order: Order, held: Sequence[int] = ()
    ) -> Built:
        if order.everything:
            return replace(build(target, place, order, held), failed=("a step",))
        land(versions.place(1), "late", "2026-01-02", "2100-01-01")
        return build(target, place, order, held)

    with stand_ins():
        versions = two_versions(home)
        release(home, "3", FIRST)
        applying.roll_back(target_of(home), 1, "ben")
        monkeypatch.setattr(applying, "build", fail_to_catch_up)
        with pytest.raises(RefusedVersionError, match="a step"):
            applying.apply(target_of(home), plan_of(home, "third"), "ben")
        assert [each.number for each in versions.all()] == [1, 2, 3]
        with pytest.raises(VersionError, match="version 3 was never in force"):
            applying.roll_back(target_of(home), 3, "ben")
        assert versions.current == 1
        applying.roll_back(target_of(home), 2, "ben")
        assert versions.current == 2


def _effect(
    *,
    merging: int = 0,
    splitting: int = 0,
    records: int = 0,
    revenue: str = "0",
    rows: tuple[int | None, int | None] = (1000, 1000),
    amount: str = "900",
    table: str = "master.transactions",
) -> Effect:
    moved = (("EUR", revenue),)
    customers = EntityEffect("customer", 500, 500, merging, splitting, records, moved, "")
    return Effect((customers,), (), (RelationEffect(table, rows, (("EUR", "900", amount),)),))


@pytest.mark.parametrize(
    ("planned", "found", "said"),
    [
        (_effect(merging=100), _effect(merging=130), []),
        (_effect(merging=100), _effect(merging=131), ["customer: merge: 131, planned were 100"]),
        (_effect(merging=100), _effect(splitting=100), ["customer: split: 100, planned were 0"]),
        # Few records are tolerated, so what they move is; but not much more by as many.
        (_effect(), _effect(records=20, revenue="5000"), []),
        (
            _effect(records=100, revenue="1000"),
            _effect(records=100, revenue="9000"),
            ["customer: EUR that moves: 9,000, planned were 1,000"],
        ),
        (_effect(rows=(1000, 900)), _effect(rows=(2000, 1900)), []),
        (
            _effect(rows=(1000, 900)),
            _effect(rows=(1000, 1100)),
            ["master.transactions: rows gained: 100, planned were 0"],
        ),
        (
            _effect(rows=(None, 100)),
            _effect(rows=(None, 131)),
            ["master.transactions: rows gained: 131, planned were 100"],
        ),
        (_effect(table="raw.a"), _effect(table="raw.a", rows=(1000, 0)), []),
        (
            _effect(amount="950"),
            _effect(amount="850"),
            ["master.transactions: EUR lost: 50, planned were 0"],
        ),
    ],
)
def test_more_than_was_planned_is_named(planned: Effect, found: Effect, said: list[str]) -> None:
    assert list(exceeding(planned, found, share=0.1, few=20)) == said


def test_a_day_that_landed_after_the_last_refresh_is_not_built(tmp_path: Path) -> None:
    land(tmp_path, "built", "2026-01-01", "2026-01-02 01:00")
    land(tmp_path, "late", "2026-01-01", "2026-01-03 01:00")
    land(tmp_path, "new", "2026-01-03", "2026-01-04 01:00")
    warehouse = tmp_path / "warehouse.duckdb"
    assert unbuilt_days(warehouse) == ()
    for schema, refreshed, expected in (
        ("identity", "2026-01-02 02:00", ("2026-01-01", "2026-01-03")),
        ("identity_account", "2026-01-04 02:00", ()),
    ):
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(
                f"create schema {schema}; create table {schema}.resolution_runs as "
                f"select timestamp '{refreshed}' as resolved_at"
            )
        assert unbuilt_days(warehouse) == expected


def test_days_are_listed_unless_they_are_many() -> None:
    days = [f"2026-01-{day:02}" for day in range(1, 10)]
    assert listed(days[:2]) == "2026-01-01, 2026-01-02"
    assert listed(days) == "9 days from 2026-01-01 to 2026-01-09"


def test_a_plan_says_first_which_days_are_not_built_yet(tmp_path: Path) -> None:
    release(tmp_path / "home", "1", FIRST)
    plan = replace(plan_of(tmp_path / "home", "eva"), unbuilt=("2024-03-31",))
    said = "Days that have landed and aren't built yet are part of what differs: 2024-03-31."
    assert render(plan).split("\n\n")[2] == said
    write_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan


def test_who_is_refused_is_told_of_days_that_are_not_built_yet(tmp_path: Path) -> None:
    home = tmp_path / "home"
    release(home, "1", FIRST)
    plan = replace(plan_of(home, "eva"), effect=_effect(), unbuilt=("2026-01-01",))
    found = _effect(rows=(1000, 1100))
    refuse_more(target_of(home), plan, _effect(rows=(1000, 1020)), (), ("2026-01-02",))
    with pytest.raises(RefusedVersionError, match=r"since and aren't built yet: 2026-01-02\."):
        refuse_more(target_of(home), plan, found, (), ("2026-01-01", "2026-01-02"))


def test_an_accent_written_otherwise_makes_nobody_somebody_else(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with stand_ins():
        two_versions(home)
        release(home, "3", FIRST)
        plan = replace(plan_of(home, "third"), author="Jos\u00e9")
        with pytest.raises(ApprovalError, match="somebody else has to approve it"):
            approve(target_of(home), plan, "Jose\u0301")
