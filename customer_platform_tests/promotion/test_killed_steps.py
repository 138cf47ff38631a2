"""Whoever is killed at any step of a swap leaves a whole version, and the next makes up for it."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from customer_platform.errors import StalePlanError, VersionError
from customer_platform.promotion import apply as applying
from customer_platform.promotion.days import Days
from customer_platform.readers import settle
from customer_platform.versions import Versions
from customer_platform_tests.support.examples import TIMES
from customer_platform_tests.support.killed_steps import killed_at
from customer_platform_tests.support.small_home import (
    FIRST,
    SECOND,
    THIRD,
    decide,
    land,
    plan_of,
    release,
    stand_ins,
    state,
    target_of,
    without_versions,
)

LATER = "2100-01-01"
# Lists the tables of which a roll-back has told that days came along.
TOLD = "told.json"

# `make test` tries every fourth, `make test-all` every one.
EVERY = 4 if TIMES == 1 else 1


def first(home: Path) -> None:
    applying.apply_first(target_of(home), "anna")


def apply(home: Path) -> None:
    applying.apply(target_of(home), plan_of(home, "eva"), "ben")


def roll_back(home: Path) -> None:
    def tell(days: Days) -> None:
        home.with_name(TOLD).write_text(json.dumps(sorted(days.copied)))

    applying.roll_back(target_of(home), 1, "ben", tell=tell)


def erase(home: Path) -> None:
    Versions(home).forget_others()


def second_in_force(home: Path) -> None:
    without_versions(home)
    first(home)
    release(home, "2", FIRST + SECOND)
    apply(home)
    # What is its own comes along.
    decide(home, FIRST, SECOND, THIRD)
    land(home / "versions/2", "late", "2026-01-02", LATER)


def rolled_back(home: Path) -> None:
    without_versions(home)
    first(home)
    release(home, "2", FIRST + SECOND)
    apply(home)
    roll_back(home)
    decide(home, FIRST, THIRD)
    land(home / "versions/1", "late", "2026-01-02", LATER)


def changed_again(home: Path) -> None:
    rolled_back(home)
    release(home, "3", FIRST)
    journal = home / "versions/journal.jsonl"
    # So long ago that version 2 is removed.
    journal.write_text(re.sub('"at": "20..', '"at": "2000', journal.read_text()))


@dataclass(frozen=True)
class Life:
    """What somebody does who is killed.

    Attributes:
        before: Makes the home.
        work: What is done.
        steps: It has at least so many.
    """

    before: Callable[[Path], None]
    work: Callable[[Path], None]
    steps: int

    def go_on(self, home: Path) -> None:
        """Does it again, unless it is done, and what every command does at its beginning."""
        with stand_ins():
            with suppress(VersionError, StalePlanError):
                self.work(home)
            versions = Versions(home)
            with versions.alone("anna"):
                versions.remove_unfinished()
                settle(home)
                versions.remove_outdated(1)

    def die(self, home: Path) -> None:
        """Does it in the process that is killed."""
        with stand_ins():
            self.work(home)


LIVES = {
    "first": Life(without_versions, first, 30),
    "roll back": Life(second_in_force, roll_back, 20),
    "apply again": Life(rolled_back, apply, 20),
    "build": Life(changed_again, apply, 40),
    "erase": Life(second_in_force, erase, 10),
}


def in_force(found: dict[str, Any]) -> dict[str, Any]:
    """What readers and runs get, without what a killed command may have noted."""
    version = found["versions"].get(found["current"], {})
    told = ("decisions", "tables", "published")
    return {"readers": found["readers"], **{name: version.get(name) for name in told}}


def renumbered(found: dict[str, Any]) -> dict[str, Any]:
    """The number of a first version that was never in force isn't used again."""
    if found["journal"] != [("apply", 2, None)]:
        return found
    return found | {
        "current": 1, "journal": [("apply", 1, None)], "versions": {1: found["versions"][2]}
    }  # fmt: skip


def kills(home: Path, life: Life) -> Iterator[int]:
    """Every step at which somebody is killed, who has begun with the same home."""
    kept = home.with_name("kept")
    shutil.copytree(home, kept, symlinks=True)
    for step in count(1, EVERY):
        shutil.rmtree(home)
        shutil.copytree(kept, home, symlinks=True)
        if not killed_at(step, life.die, home):
            assert step > life.steps
            return
        yield step


@pytest.mark.examples
@pytest.mark.parametrize("name", LIVES)
def test_who_is_killed_at_any_step_leaves_a_whole_version(tmp_path: Path, name: str) -> None:
    life, home, other = LIVES[name], tmp_path / "home", tmp_path / "other"
    with stand_ins():
        life.before(home)
    old = state(home)
    shutil.copytree(home, other, symlinks=True)
    life.go_on(home)
    new = state(home)
    assert new != old
    shutil.rmtree(home)
    other.rename(home)
    for step in kills(home, life):
        found = renumbered(state(home))
        sides = [each for each in (old, new) if each["current"] == found["current"]]
        assert in_force(found) in map(in_force, sides), step
        assert found["current"] is None or found["journal"][-1][1] == found["current"], step
        life.go_on(home)
        assert renumbered(state(home)) == new, step
        assert not [*home.glob(".*"), *(home / "versions").glob(".*")], step


@pytest.mark.examples
def test_a_roll_back_that_was_killed_loses_no_day_and_brings_no_decision_back(
    tmp_path: Path,
) -> None:
    """The version that it was to put in force may have got both already."""
    life, home, told = LIVES["roll back"], tmp_path / "home", tmp_path / TOLD
    with stand_ins():
        life.before(home)
    carried = 0
    for step in kills(home, life):
        if Versions(home).current == 2:
            told.unlink(missing_ok=True)
            carried += THIRD in state(home)["versions"][1]["decisions"]
            # It is taken back.
            decide(home, FIRST, SECOND)
            life.go_on(home)
            assert THIRD not in state(home)["versions"][1]["decisions"], step
        assert json.loads(told.read_text()) == ["crm__people", "shop__orders"], step
        told.unlink()
    assert carried
