"""Runs that are killed at any moment, as by the kernel: the next one makes up for them."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from customer_platform.environment import Environment
from customer_platform.privacy import carry_out
from customer_platform.privacy.requests import read_requests
from customer_platform_tests.support.company import Company, known_as
from customer_platform_tests.support.company_state import everything_of, never_had
from customer_platform_tests.support.cut_off import in_a_child
from customer_platform_tests.support.erasure_lives import History
from customer_platform_tests.support.people import HER, PEOPLE, day_of

# Nobody else has their card.
_ASKING = (4, 1, 3, 5)


@pytest.fixture
def history(company: Company) -> History:
    """Three days of the company, on the last of which the bridge of the second day is gone."""
    history = History(company)
    history.deliver(0)
    history.deliver(1)
    history.merge(0, 0)
    history.deliver(2)
    history.run()
    return history


def live_and_die(history: History, random: Random, asking: Sequence[int] = _ASKING) -> int:
    """People ask to be erased, one after the other, and runs are killed; how many were."""
    first, *others = asking
    history.ask(first)
    started = time.monotonic()
    assert not history.kill(60)
    whole = time.monotonic() - started
    kills = 0
    for number in others:
        history.ask(number)
        history.deliver(number)
        kills += history.kill(random.uniform(0, whole))
        if random.random() < 0.5:
            kills += history.kill(random.uniform(0, whole))
        else:
            history.run()
    return kills


def check(history: History, prepared: Environment, empty: Path, folder: Path) -> None:
    """Nothing is left of anybody who has asked, nor of any file that was being written."""
    asking = [each for each in PEOPLE if ("crm", each.crm) in history.gone]
    history.run()
    assert history.prove(*(each.email for each in asking if each.number in _ASKING)) == []
    environment = history.company.environment
    assert {each.state for each in read_requests(environment).values()} == {"certified"}
    assert list(environment.landing.rglob(".*")) == []
    for name, rows in never_had(history, prepared, empty, folder).items():
        assert everything_of(history.company)[name] == rows, name


def test_what_killed_runs_have_begun_the_next_one_ends(
    history: History, prepared: Environment, empty: Path, tmp_path: Path
) -> None:
    live_and_die(history, Random(), _ASKING[:2])
    check(history, prepared, empty, tmp_path / "twin")


def run_and_die(company: Company, replacing: str, after: str) -> None:
    """A run that kills itself when it is about to put a file in its place.

    Args:
        company: The company.
        replacing: How the name of the file ends.
        after: The step of which the file is a part.
    """
    step, replace = getattr(carry_out, after), os.replace

    def dying(made: Any, path: Any, **_: Any) -> None:
        if str(path).endswith(replacing):
            os.kill(os.getpid(), signal.SIGKILL)
        replace(made, path)

    def dying_step(*arguments: Any) -> Any:
        patch.setattr(os, "replace", dying)
        return step(*arguments)

    with pytest.MonkeyPatch.context() as patch, known_as(company):
        patch.setattr(carry_out, after, dying_step)
        company.open()
        company.run()


def killed_in(company: Company, replacing: str, *, after: str) -> None:
    """Has a run die in a process of its own."""
    company.connection.close()
    assert in_a_child(run_and_die, (company, replacing, after), 60)
    company.go_on()


def test_lines_of_decisions_that_a_killed_run_was_writing_are_removed(company: Company) -> None:
    history = History(company)
    history.deliver(0)
    history.run()
    history.decide("different", 3, 4)
    history.decide("different", 4, 3)
    history.ask(3)
    killed_in(company, "link_overrides.csv", after="remove_decisions")
    # The lines without the last one.
    assert [each for each in company.environment.home.glob(".link_overrides.csv.*")] != []
    history.run()
    assert history.prove() == []


def test_a_file_that_a_killed_run_was_writing_is_removed_when_it_comes_without_her(
    company: Company,
) -> None:
    history = History(company)
    history.deliver(0)
    history.run()
    history.ask(3)
    killed_in(company, "customers_2024-01-01.csv", after="finish_landing")
    left = list(company.environment.landing.rglob(".*"))
    assert left != []
    there = history.books.delivered["crm", "customers", day_of(0)]
    others = [row for row, records in there if ("crm", HER.crm) not in records]
    company.land("crm", "customers", day_of(0), others)
    history.run()
    assert [each for each in left if each.exists()] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_at_whatever_moment_runs_are_killed_the_next_one_makes_up_for_it(
    history: History, prepared: Environment, empty: Path, tmp_path: Path, seed: int
) -> None:
    assert live_and_die(history, Random(seed))
    check(history, prepared, empty, tmp_path / "twin")
