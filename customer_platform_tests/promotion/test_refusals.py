"""What isn't put in force: versions that never were, and more than was planned."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from customer_platform.environment import Environment
from customer_platform.errors import RefusedVersionError, VersionError
from customer_platform.promotion import apply as applying
from customer_platform.promotion.build import Built
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
