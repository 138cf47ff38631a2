"""What isn't put in force: versions that never were, and more than was planned."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from customer_platform.environment import Environment
from customer_platform.errors import RefusedVersionError, VersionError
from customer_platform.promotion import apply as applying
from customer_platform.promotion.build import Built
from customer_platform.promotion.compare import Effect, EntityEffect
from customer_platform.promotion.exceeding import exceeding
from customer_platform.promotion.relations import RelationEffect
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
